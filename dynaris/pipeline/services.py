"""What the flow works with, put together once per process by `app`."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from dynaris.agents.providers import Models
from dynaris.agents.remote_herald import RemoteHerald
from dynaris.connections.queries import Accounts
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.pipeline.rush import Rush
from dynaris.pipeline.unwritten import Unwritten


@dataclass(frozen=True, slots=True)
class Services:
    db: Database
    settings: Settings
    accounts: Accounts
    files: Files
    unwritten: Unwritten = field(default_factory=Unwritten)
    rush: Rush = field(default_factory=Rush)
    models: Models = field(init=False)  # of the workspaces, with their keys
    herald: RemoteHerald | None = field(init=False)  # that answers turns instead of the agents here

    def __post_init__(self) -> None:
        settings = self.settings
        remote = RemoteHerald(self.db, settings) if settings.herald_url and settings.herald_secret else None
        object.__setattr__(self, "herald", remote)
        object.__setattr__(self, "models", Models(self.db, self.accounts.vault, Outbound.of(self.settings)))


async def _of_application(request: Request) -> Services:
    return request.app.state.services


CurrentServices = Annotated[Services, Depends(_of_application)]
