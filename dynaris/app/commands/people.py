"""Commands about people: `dynaris workspace create`, `dynaris staff add | list | remove`, `dynaris person …`."""

from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, with_services
from dynaris.core.errors import Conflict, InvalidInput, NotFound

workspace = typer.Typer(no_args_is_help=True, help="Workspaces.")
staff = typer.Typer(no_args_is_help=True, help="Who may visit workspaces to help.")
person = typer.Typer(no_args_is_help=True, help="People who cannot help themselves.")
app = typer.Typer()
app.add_typer(workspace, name="workspace")
app.add_typer(staff, name="staff")
app.add_typer(person, name="person")

Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]


@workspace.command("create")
def create_workspace(
    slug: Annotated[str, typer.Option(help="Its short name: small letters, digits and hyphens.")],
    name: Annotated[str, typer.Option(help="What the business is called.")],
    owner_email: Annotated[str, typer.Option(help="Whoever owns it; needs no account yet.")],
    owner_name: Annotated[str | None, typer.Option(help="The owner's name; the address if left out.")] = None,
    home: Home = None,
) -> None:
    """Make a workspace and print a link with which its owner signs in once."""
    from psycopg.errors import UniqueViolation

    from dynaris.core.addresses import addresses
    from dynaris.people.persons import normal_address
    from dynaris.people.workspaces import slug_of
    from dynaris.workspaces.actions import create_sign_in_link
    from dynaris.workspaces.actions import create_workspace as create

    address = normal_address(owner_email)
    if slug_of(slug) != slug:
        raise InvalidInput(f"--slug is small letters, digits and hyphens such as {slug_of(slug)}, not {slug[:50]!r}")
    if not address.partition("@")[2]:
        raise InvalidInput(f"--owner-email is like ada@example.com, not {owner_email[:100]!r}")

    async def make(services: Any) -> None:
        try:
            made = await create(
                services.db, slug=slug, name=name, owner_email=address, owner_name=owner_name or address
            )
        except UniqueViolation:
            raise Conflict(f"there is a workspace {slug} already") from None
        token = await create_sign_in_link(services.db, made.id, person_id=made.owner_person_id)
        typer.echo(addresses(services.settings).sign_in(f"auth/link/{token}"))

    with_services(home, make)


@staff.command("add")
def add_staff(email: Email, home: Home = None) -> None:
    """Let a person visit workspaces; they need two-step sign-in."""
    _set_staff(email, True, home)


@staff.command("remove")
def remove_staff(email: Email, home: Home = None) -> None:
    """Take it back; a visit that runs ends with its next request."""
    _set_staff(email, False, home)


@staff.command("list")
def list_staff(home: Home = None) -> None:
    """Print who may visit workspaces."""
    from dynaris.people.staff import everybody

    async def tell(services: Any) -> None:
        for row in await everybody(services.db):
            typer.echo(f"{row['email']}  {row['name']}{'' if row['totp_on'] else '  (two-step sign-in is off)'}")

    with_services(home, tell)


@person.command("password")
def reset_link(email: Email, home: Home = None) -> None:
    """Print a link with which a person chooses a new password, for an installation without mail."""
    from dynaris.people import account, mail, persons

    async def make(services: Any) -> None:
        async with services.db.system() as connection:
            found = await persons.by_email(connection, email)
            if found is None:
                raise NotFound(f"nobody has the address {email}")
            token = await account.reset_token(connection, found, found.email, by_operator=True)
        typer.echo(mail.link(services.settings, "/reset", token))

    with_services(home, make)


@person.command("second-step-off")
def second_step_off(email: Email, home: Home = None) -> None:
    """Switch a person's two-step sign-in off, when app and recovery codes are lost; ends their sessions."""
    from dynaris.people import persons, second_step, sessions

    async def make(services: Any) -> None:
        async with services.db.system() as connection, connection.transaction():
            found = await persons.by_email(connection, email)
            if found is None:
                raise NotFound(f"nobody has the address {email}")
            await second_step.switch_off(connection, found.id)
            await sessions.end_all(connection, found.id)
        typer.echo(f"two-step sign-in of {found.email} is off")

    with_services(home, make)


def _set_staff(email: str, is_staff: bool, home: Any) -> None:
    from dynaris.people.staff import set_staff

    async def change(services: Any) -> None:
        await set_staff(services.db, email, is_staff)
        typer.echo(f"{email} {'may visit workspaces' if is_staff else 'is staff no more'}")

    with_services(home, change)
