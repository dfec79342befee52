"""The stand-in as a whole: its state, what is on its way to the product, and who looks at the phones."""

from dataclasses import dataclass
from pathlib import Path

from dynaris.sandbox.meta.account import app_of, number_of, open_account
from dynaris.sandbox.meta.changes import Changes
from dynaris.sandbox.meta.deliveries import Deliveries
from dynaris.sandbox.meta.store import Row, Store


@dataclass
class StandIn:
    """`base_url` is where it listens itself, without a slash at the end."""

    store: Store
    changes: Changes
    deliveries: Deliveries
    base_url: str = ""

    @classmethod
    def open(cls, folder: Path) -> "StandIn":
        """`folder` is `<home>/sandbox/whatsapp`."""
        store, changes = open_account(folder), Changes()
        return cls(store, changes, Deliveries(store, changes))

    @property
    def app(self) -> Row:
        return app_of(self.store)

    @property
    def number(self) -> Row:
        return number_of(self.store)
