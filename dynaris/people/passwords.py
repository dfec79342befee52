"""Passwords: which are taken, and their argon2 hashes, a few at a time so that a flood cannot fill the memory."""

import asyncio
import re
import unicodedata
from itertools import pairwise

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from dynaris.core.errors import InvalidInput, TooManyRequests
from dynaris.people.common_passwords import COMMON, COMMON_WORDS

SHORTEST, LONGEST = 10, 200
_MEMORY_KIB, _ROUNDS, _LANES = 47_104, 1, 1  # OWASP's first recommendation for argon2id
_AT_ONCE = 2  # 46 MiB each
_MOST_WAITING = 30  # a bit over a second's worth; who comes later is asked to try again

_hashes = PasswordHash((Argon2Hasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES),))

# What an unknown address is checked against, so that it costs what a known one does. Nobody knows its password.
NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$8fEWrHTkaptX+kRuZ0PGGg$1hNfTMVEIwejT2nzZqJt5sUcJnhrlZ14otfvQszrV/w"

_LOOKALIKES = str.maketrans("@4310$5!7", "aaeiossit")


class Hashing:
    """`computed` counts every hash, of known and unknown people alike."""

    def __init__(self, at_once: int = _AT_ONCE, most_waiting: int = _MOST_WAITING) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._room = at_once + most_waiting
        self._inside = 0
        self.computed = 0

    async def hash(self, password: str) -> str:
        return await self._run(_hashes.hash, normal(password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and a new hash where the stored one is of older parameters."""
        right, better = await self._run(_hashes.verify_and_update, normal(password), stored or NOBODY)
        return (right, better) if stored else (False, None)

    async def _run(self, work, *arguments):
        if self._inside >= self._room:
            raise TooManyRequests("too many people sign in at this moment; try again", retry_after=2)
        self._inside += 1
        try:
            async with self._turns:
                self.computed += 1
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._inside -= 1


hashing = Hashing()


def normal(password: str) -> str:
    """The same password however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, email: str, names: tuple[str, ...] = ()) -> None:
    """Raises `InvalidInput` for what would be guessed first."""
    plain = normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        _refuse(f"a password has {SHORTEST} to {LONGEST} characters, not {len(plain)}")
    folded = plain.casefold()
    if any(part and part in folded for part in _own(email)):
        _refuse("the password holds the e-mail address: choose another")
    if folded in {name.casefold() for name in names} or _guessed(folded):
        _refuse("this password is among the first that are guessed: several unrelated words make a good one")


def _own(email: str) -> tuple[str, ...]:
    local = email.partition("@")[0].casefold()
    return (email.casefold(), local if len(local) >= 5 else "")


def _guessed(folded: str) -> bool:
    if folded in COMMON or len(set(folded)) < 5 or _runs(folded):
        return True
    for read in (folded, folded.translate(_LOOKALIKES)):
        letters = re.sub(r"[^a-z]", "", read)
        if letters in COMMON_WORDS or _core(letters) in COMMON_WORDS:
            return True
    return False


def _core(letters: str) -> str:
    """`passwordpassword` is `password`."""
    half = len(letters) // 2
    return letters[:half] if letters[:half] == letters[half:] else letters


_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")


def _runs(folded: str) -> bool:
    """Made of keys in a row, forwards or backwards, such as `abcdef123456`."""
    steps = {pair for row in _ROWS for pair in (*_pairs(row), *_pairs(row[::-1]))}
    together = sum(one == other or one + other in steps for one, other in pairwise(folded))
    return together >= len(folded) - 2


def _pairs(row: str) -> list[str]:
    return [row[n : n + 2] for n in range(len(row) - 1)]


def _refuse(why: str) -> None:
    raise InvalidInput(why, errors=[{"field": "password", "message": why}])
