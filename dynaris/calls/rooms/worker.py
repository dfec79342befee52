"""A worker of LiveKit's: registered under a name, it is given jobs, each to join one room.

LiveKit's own library runs a process or a thread with an event loop for each job. Here a call is a task among the others
of the calls process, as on every other path, so the protocol is spoken by ourselves (livekit_agent.proto)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import structlog
from google.protobuf.message import DecodeError
from livekit.agents.types import ATTRIBUTE_AGENT_NAME
from livekit.agents.version import __version__
from livekit.api import AccessToken, VideoGrants
from livekit.protocol.agent import JobStatus, JobType, ServerMessage, UpdateJobStatus, WorkerMessage, WorkerStatus

from dynaris.channels.contract import RoomServer
from dynaris.core.networks import networks_of
from dynaris.core.outbound import Outbound

log = structlog.get_logger()

MOST_JOBS = 100  # at once
_STATUS_SECONDS, _HEARTBEAT_SECONDS = 2.5, 30.0
_LONGEST_PAUSE = 10.0  # between tries to reach a server
_ANYWHERE = networks_of("0.0.0.0/0,::/0")  # what the operator set is trusted


@dataclass(frozen=True, slots=True)
class Job:
    """To join a room."""

    id: str
    room: str
    metadata: str  # as whoever sent for us gave it
    url: str
    token: str


Take = Callable[[Job], Awaitable[None]]


class RoomWorker:
    """`is_alone`: one of that name in a room is enough."""

    def __init__(
        self, server: RoomServer, name: str, take: Take, outbound: Outbound, *, is_alone: bool = False
    ) -> None:
        self._is_alone = is_alone
        self._server, self._name, self._take = server, name, take
        self._outbound = Outbound(_ANYWHERE) if server.trusted else outbound
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._leaving: asyncio.Queue[WorkerMessage] = asyncio.Queue()
        self.registered = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; connects again and again. Jobs go on while the server is away from us."""
        pause = 0.0
        try:
            while True:
                try:
                    await self._serve()
                except (aiohttp.ClientError, OSError, TimeoutError, DecodeError) as error:
                    if self.registered.is_set() or not pause:
                        log.warning("room_worker.away", name=self._name, url=self._server.url, error=error)
                pause = 0.5 if self.registered.is_set() else min(2 * pause + 0.5, _LONGEST_PAUSE)
                self.registered.clear()
                await asyncio.sleep(pause)
        finally:
            for job in self._jobs.values():
                job.cancel()
            await asyncio.gather(*self._jobs.values(), return_exceptions=True)

    async def _serve(self) -> None:
        proof = AccessToken(self._server.key, self._server.secret).with_grants(VideoGrants(agent=True)).to_jwt()
        place = urlsplit(self._server.url)
        scheme = "https" if place.scheme in ("wss", "https") else "http"
        url = f"{scheme}://{place.netloc}{place.path.rstrip('/')}/agent"
        timeout = aiohttp.ClientTimeout(total=None, connect=10)
        async with (
            aiohttp.ClientSession(connector=self._outbound.http_connector(limit=1), timeout=timeout) as http,
            http.ws_connect(
                url, headers={"Authorization": f"Bearer {proof}"}, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=0
            ) as socket,
        ):
            await socket.send_bytes(self._registration().SerializeToString())
            tasks = [asyncio.create_task(self._write(socket)), asyncio.create_task(self._report())]
            try:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        self._told(ServerMessage.FromString(message.data))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _registration(self) -> WorkerMessage:
        said = WorkerMessage()
        said.register.type = JobType.JT_ROOM
        said.register.agent_name = self._name
        said.register.version = __version__
        allowed = said.register.allowed_permissions
        allowed.can_publish = allowed.can_subscribe = allowed.can_publish_data = allowed.agent = True
        allowed.can_update_metadata = True
        return said

    def _told(self, said: ServerMessage) -> None:
        match said.WhichOneof("message"):
            case "register":
                log.info("room_worker.registered", name=self._name, id=said.register.worker_id)
                self.registered.set()
            case "availability":
                self._offered(said.availability.job.id)
            case "assignment":
                given, told = said.assignment, said.assignment.job
                job = Job(told.id, told.room.name, told.metadata, given.url or self._server.url, given.token)
                self._jobs[job.id] = asyncio.create_task(self._work(job))
            case "termination" if job_task := self._jobs.get(said.termination.job_id):
                job_task.cancel()

    def _offered(self, job_id: str) -> None:
        answer = WorkerMessage()
        answer.availability.job_id = job_id
        if len(self._jobs) < MOST_JOBS:
            answer.availability.available = True
            # Of two by one name LiveKit keeps the later.
            answer.availability.participant_identity = self._name if self._is_alone else f"{self._name}-{job_id}"
            answer.availability.participant_name = self._name
            answer.availability.participant_attributes[ATTRIBUTE_AGENT_NAME] = self._name
        self._leaving.put_nowait(answer)

    async def _work(self, job: Job) -> None:
        status = JobStatus.JS_FAILED
        self._say_status(job, JobStatus.JS_RUNNING)
        try:
            await self._take(job)
            status = JobStatus.JS_SUCCESS
        except Exception as error:
            log.exception("room_worker.job_failed", name=self._name, room=job.room, error=error)
        finally:
            self._jobs.pop(job.id, None)
            self._say_status(job, status)

    def _say_status(self, job: Job, status: JobStatus) -> None:
        self._leaving.put_nowait(WorkerMessage(update_job=UpdateJobStatus(job_id=job.id, status=status)))

    async def _report(self) -> None:
        while True:
            said = WorkerMessage()
            full = len(self._jobs) >= MOST_JOBS
            said.update_worker.status = WorkerStatus.WS_FULL if full else WorkerStatus.WS_AVAILABLE
            said.update_worker.load = len(self._jobs) / MOST_JOBS
            said.update_worker.job_count = len(self._jobs)
            self._leaving.put_nowait(said)
            await asyncio.sleep(_STATUS_SECONDS)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await socket.send_bytes((await self._leaving.get()).SerializeToString())
