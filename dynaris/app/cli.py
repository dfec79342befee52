"""The command line; each module of `commands/` brings its own commands."""

import typer

from dynaris.app.commands import accounts, backup, contacts, doctor, evals, events, people, privacy, running
from dynaris.core.errors import DynarisError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Dynaris answers every inquiry a business gets, and can prove it.",
)
for module in (running, accounts, people, events, contacts, backup, doctor, privacy, evals):
    app.add_typer(module.app)


def main() -> None:
    from typer._click.exceptions import NoArgsIsHelpError, UsageError  # the library has no public name for them

    try:
        code = app(standalone_mode=False)
    except DynarisError as error:
        fail(str(error))
    except NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except UsageError as error:
        fail(error.format_message(), error.exit_code)
    except typer.Abort:
        raise SystemExit(1) from None
    except Exception as error:
        from psycopg import OperationalError  # here: few commands end so

        if not isinstance(error, OperationalError):
            raise
        fail(f"the database failed: {error}")
    else:
        raise SystemExit(code)


def fail(line: str, code: int = 1) -> None:
    typer.echo(f"dynaris: {' '.join(line.split())}", err=True)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
