"""Workers at every LiveKit server that an account here names, as long as it does."""

import asyncio
from functools import partial

import structlog

from dynaris.calls.desks import Desks
from dynaris.calls.media_bot import accompany
from dynaris.calls.rooms.taking import take
from dynaris.calls.rooms.worker import RoomWorker, Take
from dynaris.channels.contract import Roomed, RoomServer
from dynaris.channels.registry import channels
from dynaris.core.outbound import Outbound
from dynaris.pipeline.services import Services

log = structlog.get_logger()

ATLAS, MEDIA_BOT = "atlas", "media-bot"
_LOOK_SECONDS = 5.0


async def serve_rooms(services: Services, desks: Desks | None = None) -> None:
    """Until cancelled."""
    outbound = Outbound.of(services.settings)
    names: dict[str, Take] = {ATLAS: partial(take, services, desks=desks), MEDIA_BOT: partial(accompany, services)}
    running: dict[RoomServer, list[asyncio.Task[None]]] = {}
    try:
        while True:
            wanted = await servers(services)
            for server in wanted - running.keys():
                workers = [
                    RoomWorker(server, name, job, outbound, is_alone=name == MEDIA_BOT) for name, job in names.items()
                ]
                running[server] = [asyncio.create_task(worker.run()) for worker in workers]
            for server in running.keys() - wanted:
                await _stop(running.pop(server))
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await _stop([task for tasks in running.values() for task in tasks])


async def servers(services: Services) -> set[RoomServer]:
    return {
        server
        for name, carrier in channels().items()
        if isinstance(carrier, Roomed)
        for account in await services.accounts.of_channel(name)
        if (server := carrier.server(account))
    }


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
