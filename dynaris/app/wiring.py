"""Builds what a process works with, from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dynaris.agents.purse import Purse
from dynaris.agents.web import pages
from dynaris.app.key import check_key
from dynaris.app.system_mail import ensure_system_mail
from dynaris.channels.contract import Configured
from dynaris.channels.registry import channels
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import StartupError
from dynaris.core.files import Files
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.knowledge.embeddings import client as embeddings
from dynaris.pipeline.services import Services
from dynaris.scheduling import links


def vault_of(settings: Settings) -> Vault:
    if settings.secret_key is None:
        raise StartupError("DYNARIS_SECRET_KEY is required with DATABASE_URL: it encrypts stored secrets")
    return Vault(settings.secret_key.get_secret_value())


def database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise StartupError("DATABASE_URL is required here; `dynaris up` brings its own database")
    return settings.database_url


def configure_channels(settings: Settings) -> None:
    """Raises `StartupError` for an address that cannot be."""
    for channel in channels().values():
        if isinstance(channel, Configured):
            channel.configure(settings)


def outside_of(settings: Settings) -> Files:
    """The store for files, with the channels configured. Raises `StartupError` for an address that cannot be."""
    configure_channels(settings)
    pages.configure(settings)
    return Files(settings.files_url, settings.home / "files")


@asynccontextmanager
async def services_of(settings: Settings, application: str) -> AsyncIterator[Services]:
    """The services of one process, closed at the end."""
    vault = vault_of(settings)
    db = Database(database_url(settings), size=settings.database_pool, application=application)
    files = outside_of(settings)
    await db.open()
    services = None
    asking = embeddings.Embeddings(vault, Outbound.of(settings), Purse())
    embeddings.configure(asking)
    try:
        await check_key(db, vault)
        services = Services(db=db, settings=settings, accounts=Accounts(db, vault), files=files)
        await ensure_system_mail(services)
        links.configure(settings.base_url, vault)
        yield services
    finally:
        if services:
            await services.models.close()
        await asking.close()
        for channel in channels().values():
            if isinstance(channel, Configured):
                await channel.close()
        await db.close()
