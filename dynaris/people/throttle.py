"""How often somebody may try: counted in the database, so that all processes count together."""

import hashlib
from dataclasses import dataclass

from dynaris.core.db import Connection
from dynaris.core.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once; after that one more for each `seconds / most`."""

    what: str
    most: int
    seconds: int


# A stranger who guesses is stopped at their own address of the network first. All strangers together come to an
# end at the person's address; whom that hits on a new browser resets the password by mail, and is known from then on.
SIGN_IN_HERE = Rate("sign-in of an address from one network address", 10, 900)
SIGN_IN_BROWSER = Rate("sign-in of an address from a known browser", 20, 900)
SIGN_IN_ADDRESS = Rate("sign-in of an address", 100, 3_600)
SIGN_IN_NETWORK = Rate("sign-in from one network address", 200, 900)
CODE_HERE = Rate("code of a person from one network address", 10, 900)
CODE_PERSON = Rate("code of a person", 60, 3_600)
PASSWORD_AGAIN = Rate("password of a signed-in person", 10, 900)
SIGN_UP_NETWORK = Rate("sign-up from one network address", 30, 3_600)
MAIL_ADDRESS = Rate("mails to an address that strangers ask for", 5, 3_600)
MAIL_NETWORK = Rate("mails asked for from one network address", 60, 3_600)
LINK_NETWORK = Rate("links opened from one network address", 200, 900)
PROVIDER_NETWORK = Rate("sign-ins with the provider from one network address", 60, 900)
INVITE_WORKSPACE = Rate("invitations of a workspace", 200, 86_400)
INVITE_ADDRESS = Rate("invitations to an address", 10, 86_400)
NEW_WORKSPACE = Rate("workspaces of a person", 10, 86_400)


async def take(connection: Connection, rate: Rate, *of: str) -> None:
    """Raises `TooManyRequests`, with the seconds until it is worth trying again."""
    cursor = await connection.execute(
        "SELECT take_throttle(%s, %s, %s) AS wait", (_key(rate, of), rate.most, rate.seconds)
    )
    row = await cursor.fetchone()
    if row and row["wait"]:
        raise TooManyRequests("too many tries in this time; try again later", retry_after=row["wait"])


async def forget(connection: Connection, *taken: tuple[Rate, tuple[str, ...]]) -> None:
    """After a success: who knows the password did not guess."""
    await connection.execute("SELECT forget_throttle(%s)", ([_key(rate, of) for rate, of in taken],))


def _key(rate: Rate, of: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\n".join((rate.what, *of)).encode()).digest()
