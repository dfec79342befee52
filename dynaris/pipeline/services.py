"""What the flow works with, put together once per process by `app`."""

from dataclasses import dataclass

from dynaris.connections.queries import Accounts
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    db: Database
    settings: Settings
    accounts: Accounts
    files: Files
