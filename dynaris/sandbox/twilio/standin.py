"""The stand-in as a whole."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from dynaris.sandbox.twilio.account import Account, open_account

if TYPE_CHECKING:
    from dynaris.sandbox.twilio.exchange import Exchange


@dataclass
class StandIn:
    """`faults`: what the next requests to the REST API are answered with, such as 429."""

    folder: Path
    account: Account
    reached: tuple[str, str] = ("", "")  # what begins with the one is reached at the other
    faults: list[int] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, reached: tuple[str, str] = ("", "")) -> "StandIn":
        """`folder` is `<home>/sandbox/twilio`."""
        return cls(folder, open_account(folder), reached)

    @cached_property
    def exchange(self) -> "Exchange":
        """Once somebody telephones: what handles sound is more memory than all else here."""
        from dynaris.sandbox.twilio.exchange import Exchange

        return Exchange(self.account, self.reached)

    async def close(self) -> None:
        if "exchange" in vars(self):
            await self.exchange.close()


STANDIN = web.AppKey("twilio", StandIn)
