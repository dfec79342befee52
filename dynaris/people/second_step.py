"""Two-step sign-in: codes of an authenticator app (RFC 6238) and recovery codes; each works once."""

import hashlib
import secrets
from typing import NamedTuple
from uuid import UUID

import pyotp
import segno
from pyotp.totp import TOTP

from dynaris.core import clock
from dynaris.core.crypto import Vault, same
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.people.persons import Person

_STEP_SECONDS = 30
_RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
_CODE_LENGTH = 12  # 59 bits


class Beginning(NamedTuple):
    secret: str
    uri: str
    qr: str  # SVG


def _bound_to(person_id: UUID) -> str:
    return f"person:{person_id}:totp"


async def begin(connection: Connection, vault: Vault, person: Person) -> Beginning:
    """Nothing changes before `confirm`. Asked again, the earlier secret is forgotten."""
    if person.totp_on:
        raise Conflict("two-step sign-in is on already: switch it off first to use another app")
    secret = pyotp.random_base32()
    sealed = vault.seal(secret, _bound_to(person.id))
    await connection.execute("SELECT set_totp(%s, %s, false)", (person.id, sealed))
    return _shown(person, secret)


def begun(vault: Vault, person: Person, secret: str) -> Beginning | None:
    """The same again, to who knows the secret, until it is confirmed or begun anew."""
    if person.totp_on or person.totp_secret is None:
        return None
    return _shown(person, secret) if same(vault.open(person.totp_secret, _bound_to(person.id)), secret) else None


def _shown(person: Person, secret: str) -> Beginning:
    uri = TOTP(secret).provisioning_uri(name=person.email, issuer_name="Dynaris")
    return Beginning(secret, uri, segno.make(uri, error="m").svg_inline(scale=4, light="white", dark="black"))


async def confirm(connection: Connection, vault: Vault, person: Person, code: str) -> list[str]:
    """Switches it on; the recovery codes are shown this once."""
    if person.totp_on or person.totp_secret is None:
        raise Conflict("begin first" if person.totp_secret is None else "two-step sign-in is on already")
    if not await _app_code(connection, vault, person, code):
        raise InvalidInput("this is not the app's code now: look at the device's clock, and type the next one")
    await connection.execute("SELECT set_totp(%s, %s, true)", (person.id, person.totp_secret))
    return await new_recovery_codes(connection, person.id)


async def new_recovery_codes(connection: Connection, person_id: UUID) -> list[str]:
    """Earlier ones work no more."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)) for _ in range(_RECOVERY_CODES)]
    await connection.execute(
        "SELECT set_recovery_codes(%s, %s)", (person_id, [_hash(person_id, code) for code in codes])
    )
    return ["-".join(code[n : n + 4] for n in range(0, _CODE_LENGTH, 4)) for code in codes]


async def switch_off(connection: Connection, person_id: UUID) -> None:
    await connection.execute("SELECT set_totp(%s, NULL, false)", (person_id,))
    await connection.execute("SELECT set_recovery_codes(%s, '{}')", (person_id,))


def is_app_code(code: str) -> bool:
    """Or else a recovery code, by its looks."""
    plain = _plain(code)
    return plain.isascii() and plain.isdigit() and len(plain) == 6


async def check(connection: Connection, vault: Vault, person: Person, code: str) -> bool:
    """A code of the app, or a recovery code; right ones are used up."""
    plain = _plain(code)
    if is_app_code(code):
        return await _app_code(connection, vault, person, plain)
    return await _true(connection, "SELECT use_recovery_code(%s, %s) AS used", person.id, _hash(person.id, plain))


async def recovery_codes_left(connection: Connection, person_id: UUID) -> int:
    row = await (await connection.execute("SELECT recovery_codes_left(%s) AS n", (person_id,))).fetchone()
    return row["n"] if row else 0


async def _app_code(connection: Connection, vault: Vault, person: Person, code: str) -> bool:
    """The code now, the one before and the one after, for clocks that are not quite right."""
    if person.totp_secret is None:
        return False
    totp = TOTP(vault.open(person.totp_secret, _bound_to(person.id)))
    now = int(clock.now().timestamp()) // _STEP_SECONDS
    plain = "".join(code.split())
    for step in (now, now - 1, now + 1):
        if same(totp.at(step * _STEP_SECONDS), plain):
            return await _true(connection, "SELECT use_totp_step(%s, %s) AS used", person.id, step)
    return False


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


async def _true(connection: Connection, query: str, *parameters: object) -> bool:
    row = await (await connection.execute(query, parameters)).fetchone()  # type: ignore[arg-type]
    return bool(row and row["used"])


def _hash(person_id: UUID, code: str) -> bytes:
    return hashlib.sha256(f"{person_id}:{code}".encode()).digest()
