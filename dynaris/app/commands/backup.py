"""Commands that keep the product's data: `dynaris backup | restore | activate`."""

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, settings, with_services
from dynaris.core.errors import InvalidInput

app = typer.Typer()

_PASSPHRASE = "A file with the passphrase of the secret key; else it is asked for."  # noqa: S105 - help


@app.command()
def backup(
    *,
    home: Home = None,
    out: Annotated[Path, typer.Option(help="A file, or a folder for a file named after the time.")] = Path(),
    without_files: Annotated[bool, typer.Option("--without-files", help="The database alone.")] = False,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="With the secret key, encrypted with a passphrase.")
    ] = False,
    passphrase_file: Annotated[Path | None, typer.Option(help=_PASSPHRASE)] = None,
    keep: Annotated[int, typer.Option(min=0, help="Keep so many backups of this installation in that folder.")] = 0,
    check: Annotated[Path | None, typer.Option(help="Make none: say whether this one is whole.")] = None,
) -> None:
    """Write the database and the stored files into one file, while the product runs."""
    from dynaris.app.backup import check_backup, in_words, make_backup, source
    from dynaris.app.wiring import outside_of
    from dynaris.core import log
    from dynaris.core.private import keep_private

    if check is not None:
        told = asyncio.run(check_backup(check))
        typer.echo("\n".join(["the backup is whole", *in_words(told)]))
        return
    passphrase = _passphrase(passphrase_file, confirm=True) if with_key else None

    keep_private()
    chosen = settings(home=home)
    log.configure("WARNING", chosen.log_format)

    async def make() -> None:
        async with source(chosen) as (url, key):
            files = None if without_files else outside_of(chosen)
            made = await make_backup(url, files, out, key=key, passphrase=passphrase, keep=keep)
        typer.echo("\n".join([str(made.path), *in_words(made.manifest)]))
        for path in made.removed:
            typer.echo(f"removed {path}")

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it leaves no half a file, either
    asyncio.run(make())


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `dynaris backup` wrote.")],
    *,
    home: Home = None,
    key_file: Annotated[Path | None, typer.Option(help="The secret key: secret.key of the home backed up.")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help=_PASSPHRASE)] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send and answer what was under way; it may have been, since.")
    ] = False,
    activate: Annotated[bool, typer.Option("--activate", help="Work at once: the original is gone.")] = False,
    erasures: Annotated[
        Path | None, typer.Option(help="Erasures done since, as `dynaris privacy erasures` prints them.")
    ] = None,
) -> None:
    """Restore a backup onto an empty home, or an empty database with DATABASE_URL."""
    from dynaris.app.backup_file import KEY, BackupReader
    from dynaris.app.restore import Wishes, fitting_key
    from dynaris.app.restore import restore as bring_back
    from dynaris.core import log
    from dynaris.core.private import keep_private
    from dynaris.privacy.proof import erasures_in

    keep_private()
    chosen = settings(home=home)
    log.configure("WARNING", chosen.log_format)
    reader = BackupReader(file)
    try:
        given = _text(key_file) if key_file else None
        if given is None and chosen.secret_key and not (passphrase_file and reader.has(KEY)):
            given = chosen.secret_key.get_secret_value()
        inside = given is None and reader.has(KEY)
        key = fitting_key(reader, given, _passphrase(passphrase_file, confirm=False) if inside else None)
        repeated = erasures_in(erasures) if erasures else []
        wishes = Wishes(resend=resend, activate=activate, erasures=repeated, keep_key=inside)
        restored = asyncio.run(bring_back(reader, chosen, key, wishes))
    finally:
        reader.close()
    for line in _told(restored, wishes):
        typer.echo(line)
    if inside and chosen.database_url is not None:
        typer.echo(f"the secret key is in {chosen.home / 'secret.key'}: give it to every process as DYNARIS_SECRET_KEY")


def _told(restored: Any, wishes: Any) -> list[str]:
    from dynaris.app.backup import in_words

    sums = {
        name: sum(getattr(each, name) for each in restored.doubtful.values())
        for name in ("sends", "arrivals", "follow_ups")
    }
    lines = ["restored", *in_words(restored.manifest)]
    if wishes.resend:
        lines.append("what was under way at the backup goes on by itself (--resend)")
    else:
        lines.append(
            f"under way at the backup, for a person to look at: {sums['sends']} replies to send (now `unknown`), "
            f"{sums['arrivals']} arrivals to answer (now waiting), {sums['follow_ups']} follow-ups (now tasks)"
        )
    if restored.erased:
        lines.append(f"{restored.erased} erasures were done again")
    if wishes.activate:
        lines.append("the copy works as soon as it is started: nothing else may work with the same accounts")
        return lines
    return [
        *lines,
        "the copy stands by: started, it shows everything and stores what arrives, but reads no mailbox, answers and "
        "sends nothing",
        "when the original has stopped for good: dynaris activate [--since TIME]",
    ]


@app.command()
def activate(
    home: Home = None,
    since: Annotated[
        datetime | None, typer.Option(help="When the original stopped (UTC): mail since then is answered; default now.")
    ] = None,
) -> None:
    """Start a restored copy that stands by."""
    from dynaris.app.restore import activate as start

    moment = since.replace(tzinfo=UTC) if since else datetime.now(UTC)

    async def begin(services: Any) -> None:
        if await start(services, since=moment):
            typer.echo("the copy works now; mail that came before waits for a teammate")
        else:
            typer.echo("nothing stood by: it works already")

    with_services(home, begin)


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    given = _text(file) if file else typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    if len(given) < 12:
        raise InvalidInput("a passphrase has 12 characters or more")
    return given


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}") from error
