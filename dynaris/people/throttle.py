"""How often somebody may try: counted in the database, so that all processes count together."""

import hashlib
import ipaddress
from dataclasses import dataclass

from dynaris.core.db import Connection
from dynaris.core.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once; after that one more for each `seconds / most`."""

    what: str
    most: int
    seconds: int


# A stranger who guesses is stopped at their own address of the network first. When strangers from everywhere have used
# up the address's own bucket, each neighbourhood of the network still has a few tries of its own (the last two): the
# person comes in from one that guessed nothing, and guessing from many places stays slow.
SIGN_IN_HERE = Rate("sign-in of an address from one network address", 10, 900)
SIGN_IN_BROWSER = Rate("sign-in of an address from a known browser", 20, 900)
SIGN_IN_ADDRESS = Rate("sign-in of an address", 100, 3_600)
SIGN_IN_NETWORK = Rate("sign-in from one network address", 200, 900)
SIGN_IN_NEIGHBOURS = Rate("sign-in of an address under attack from one neighbourhood", 3, 3_600)
SIGN_IN_REGION = Rate("sign-in of an address under attack from one region of the network", 30, 3_600)
CODE_HERE = Rate("code of a person from one network address", 10, 900)
CODE_BROWSER = Rate("code of a person from a known browser", 20, 900)
CODE_PERSON = Rate("code of a person", 60, 3_600)
CODE_SIGNED_IN = Rate("code of a signed-in person", 10, 900)
RECOVERY_HERE = Rate("recovery code of a person from one network address", 10, 900)
PASSWORD_AGAIN = Rate("password of a signed-in person", 10, 900)
SIGN_UP_NETWORK = Rate("sign-up from one network address", 30, 3_600)
SIGN_UP_HERE = Rate("mails of sign-up to an address from one network address", 3, 900)
SIGN_UP_ADDRESS = Rate("mails of sign-up to an address", 20, 3_600)
RESET_NETWORK = Rate("new passwords asked for from one network address", 60, 3_600)
RESET_ADDRESS = Rate("mails for a new password to an address", 3, 900)
CHANGE_PERSON = Rate("changes of address of a person", 5, 3_600)
CHANGE_NETWORK = Rate("changes of address from one network address", 20, 3_600)
CHANGE_ADDRESS = Rate("mails of changes to an address", 3, 3_600)
LINK_NETWORK = Rate("links opened from one network address", 200, 900)
PROVIDER_NETWORK = Rate("sign-ins with the provider from one network address", 60, 900)
INVITE_WORKSPACE = Rate("invitations of a workspace", 200, 86_400)
INVITE_HERE = Rate("invitations of a workspace to an address", 10, 86_400)
INVITE_ADDRESS = Rate("mails of invitations to an address", 50, 86_400)
NEW_WORKSPACE = Rate("workspaces of a person", 10, 86_400)


async def take(connection: Connection, rate: Rate, *of: str) -> None:
    """Raises `TooManyRequests`, with the seconds until it is worth trying again."""
    if wait := await _wait(connection, rate, of):
        raise TooManyRequests("too many tries in this time; try again later", retry_after=wait)


async def is_free(connection: Connection, rate: Rate, *of: str) -> bool:
    """Takes one where there is one. For mails: strangers who used the bucket up must not be told apart from others."""
    return not await _wait(connection, rate, of)


async def _wait(connection: Connection, rate: Rate, of: tuple[str, ...]) -> int:
    cursor = await connection.execute(
        "SELECT take_throttle(%s, %s, %s) AS wait", (_key(rate, of), rate.most, rate.seconds)
    )
    row = await cursor.fetchone()
    return row["wait"] if row else 0


async def forget(connection: Connection, *taken: tuple[Rate, tuple[str, ...]]) -> None:
    """After a success: who knows the password did not guess."""
    await connection.execute("SELECT forget_throttle(%s)", ([_key(rate, of) for rate, of in taken],))


def _key(rate: Rate, of: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\n".join((rate.what, *of)).encode()).digest()


def mailbox(address: str) -> str:
    """An address of mail without its plus-tag, which the sender may choose: as `held_addresses` in the database."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def neighbourhood(ip: str) -> str:
    """The /24 of IPv4 or the /48 of IPv6 around an address: what one customer of a provider may have."""
    return _around(ip, 24, 48)


def region(ip: str) -> str:
    """The /16 of IPv4 or the /32 of IPv6 around an address: what one provider may have."""
    return _around(ip, 16, 32)


def _around(ip: str, of_4: int, of_6: int) -> str:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:100]
    if isinstance(address, ipaddress.IPv6Address):
        if not address.ipv4_mapped:
            return str(ipaddress.IPv6Network((int(address), of_6), strict=False))
        address = address.ipv4_mapped
    return str(ipaddress.IPv4Network((int(address), of_4), strict=False))
