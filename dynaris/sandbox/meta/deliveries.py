"""Webhooks on their way: kept until the receiver answers 200, posted signed, again and again with longer pauses."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable

import aiohttp

from dynaris.sandbox.meta.changes import Changes
from dynaris.sandbox.meta.faults import take_fault
from dynaris.sandbox.meta.messages import advance
from dynaris.sandbox.meta.store import Row, Store
from dynaris.sandbox.meta.webhooks import Change, envelope, merged, signature

_AT_ONCE = 64  # posts under way, each of another lane
_LOOKED_AT = 300
_LONGEST_PAUSE = 600.0
_MOST_TRIES = 30  # about four hours
_TIMEOUT = aiohttp.ClientTimeout(total=20)
_STEPPED_ASIDE = "late:"  # lanes of what a fault has moved, or copied, and lets alone from then on
_REORDER_SECONDS = 0.4


class Deliveries:
    """What is queued is in the store at once; `run` posts it."""

    def __init__(self, store: Store, changes: Changes) -> None:
        self._store, self._changes = store, changes
        self._wake = asyncio.Event()
        self._busy: set[str] = set()
        self._flying: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def queue(self, changes: Iterable[Change], *, held: bool = False, after: float = 0.0) -> None:
        """A POST for each, if anybody subscribed to its field. `after` seconds at the earliest."""
        for change in self._wanted(changes):
            self._add(change.lane, change.field, envelope(self._waba(), [change]), change.ids, held=held, after=after)

    def queue_batch(self, changes: Iterable[Change], shape: str) -> None:
        """All in one POST: as `messages` of one change, as several `changes` of one entry, or as several `entries`."""
        wanted = self._wanted(changes)
        if not wanted:
            return
        body = envelope(self._waba(), merged(wanted) if shape == "messages" else wanted)
        if shape == "entries":
            body["entry"] = [envelope(self._waba(), [change])["entry"][0] for change in wanted]
        ids = tuple(each for change in wanted for each in change.ids)
        self._add(wanted[0].lane, wanted[0].field, body, ids)

    def queue_raw(self, body: Row) -> None:
        """Whatever it says, signed as ours."""
        self._add("raw", "raw", body)

    def release(self, order: str) -> int:
        """What was held back, as it was made, `reversed`, or `shuffled`. How many there were."""
        turns = {"as_made": "n", "reversed": "n DESC", "shuffled": "random()"}
        held = self._store.rows(f"SELECT n FROM delivery WHERE held = 1 ORDER BY {turns[order]}")
        now = time.time()
        with self._store.together():
            for turn, each in enumerate(held):
                due = now - 1 + turn * 0.0001
                self._store.run("UPDATE delivery SET held = 0, due = :due WHERE n = :n", due=due, n=each["n"])
        self._wake.set()
        return len(held)

    def waiting(self) -> list[Row]:
        """The next ones, held back ones too."""
        columns = "n, field, due, tries, held, said"
        return self._store.rows(f"SELECT {columns} FROM delivery ORDER BY due, n LIMIT 200")

    async def run(self) -> None:
        """Until cancelled; what is under way then is posted again at the next start."""
        async with aiohttp.ClientSession(
            timeout=_TIMEOUT, connector=aiohttp.TCPConnector(limit=_AT_ONCE), cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            try:
                while True:
                    self._wake.clear()
                    self._start_due(session)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), self._pause())
            finally:
                for task in self._tasks:
                    task.cancel()

    def _wanted(self, changes: Iterable[Change]) -> list[Change]:
        app = self._store.row("SELECT webhook_url, webhook_fields, subscribed FROM app")
        if app is None or not app["subscribed"] or not app["webhook_url"]:
            return []
        return [change for change in changes if change.field in json.loads(app["webhook_fields"])]

    def _waba(self) -> str:
        return self._store.value("SELECT waba_id FROM app")

    def _add(
        self, lane: str, field: str, body: Row, ids: tuple[str, ...] = (), *, held: bool = False, after: float = 0.0
    ) -> None:
        self._store.run(
            "INSERT INTO delivery (lane, field, body, ids, due, held) VALUES (:lane, :field, :body, :ids, :due, :held)",
            lane=lane,
            field=field,
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            ids=json.dumps(ids),
            due=time.time() + after,
            held=int(held),
        )
        self._wake.set()

    def _pause(self) -> float | None:
        """Until the next one is due; what is due and waits for its lane is started when that is free."""
        due = self._store.value("SELECT min(due) AS due FROM delivery WHERE held = 0 AND due > :now", now=time.time())
        return None if due is None else max(0.001, due - time.time())

    def _start_due(self, session: aiohttp.ClientSession) -> None:
        found = self._store.rows(
            "SELECT n, lane FROM delivery WHERE held = 0 AND due <= :now ORDER BY due, n LIMIT :most",
            now=time.time(),
            most=_LOOKED_AT,
        )
        for each in found:
            if len(self._flying) >= _AT_ONCE:
                return
            if each["n"] in self._flying or each["lane"] in self._busy:
                continue
            self._busy.add(each["lane"])
            self._flying.add(each["n"])
            task = asyncio.create_task(self._attempt(session, each["n"], each["lane"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _attempt(self, session: aiohttp.ClientSession, n: int, lane: str) -> None:
        try:
            delivery = self._store.row("SELECT * FROM delivery WHERE n = :n", n=n)
            if delivery is not None and not self._goes_wrong(delivery):
                await self._post(session, delivery)
        finally:
            self._busy.discard(lane)
            self._flying.discard(n)
            self._wake.set()

    def _goes_wrong(self, delivery: Row) -> bool:
        """Whether a planned fault keeps it from being posted now."""
        lane = delivery["lane"]
        if delivery["tries"] or lane.startswith(_STEPPED_ASIDE):
            return False
        kinds = ("duplicate", "reorder", "delay")
        if '"statuses":[' in delivery["body"]:
            kinds = (*kinds, "status_lost")
        number = self._store.row("SELECT wa_id FROM customer WHERE user_id = :id", id=lane) or {"wa_id": None}
        fault = take_fault(self._store, "webhook", kinds=kinds, of=(lane, number["wa_id"]))
        if fault is None:
            return False
        self._changes.tell("faults")
        if fault["kind"] == "status_lost":
            self._store.run("DELETE FROM delivery WHERE n = :n", n=delivery["n"])
            return True
        if fault["kind"] == "duplicate":
            for copy in range(fault["copies"] - 1):
                self._copy(delivery, f"{_STEPPED_ASIDE}{delivery['n']}.{copy}")
            return False
        seconds = fault["seconds"] if fault["kind"] == "delay" else _REORDER_SECONDS
        self._store.run(
            "UPDATE delivery SET lane = :lane, due = :due WHERE n = :n",
            lane=f"{_STEPPED_ASIDE}{delivery['n']}",
            due=time.time() + seconds,
            n=delivery["n"],
        )
        return True

    def _copy(self, delivery: Row, lane: str) -> None:
        self._store.run(
            "INSERT INTO delivery (lane, field, body, ids, due) SELECT :lane, field, body, ids, due FROM delivery "
            "WHERE n = :n",
            lane=lane,
            n=delivery["n"],
        )
        self._wake.set()

    async def _post(self, session: aiohttp.ClientSession, delivery: Row) -> None:
        app = self._store.row("SELECT webhook_url, app_secret FROM app")
        assert app is not None
        body = delivery["body"].encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(app["app_secret"], body),
        }
        try:
            async with session.post(app["webhook_url"] or "", data=body, headers=headers, allow_redirects=False) as got:
                said = f"answered {got.status}"
                done = got.status == 200
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            said, done = f"{type(error).__name__}: {error}"[:200], False
        if done:
            self._delivered(delivery)
        else:
            self._put_off(delivery, said)

    def _delivered(self, delivery: Row) -> None:
        with self._store.together():
            self._store.run("DELETE FROM delivery WHERE n = :n", n=delivery["n"])
            for message_id in json.loads(delivery["ids"]):
                if advance(self._store, message_id, "delivered"):
                    self._changes.tell(self._store.value("SELECT user_id FROM message WHERE id = :id", id=message_id))

    def _put_off(self, delivery: Row, said: str) -> None:
        tries = delivery["tries"] + 1
        if tries >= _MOST_TRIES:
            self._store.run("DELETE FROM delivery WHERE n = :n", n=delivery["n"])
            return
        self._store.run(
            "UPDATE delivery SET tries = :tries, due = :due, said = :said WHERE n = :n",
            tries=tries,
            due=time.time() + min(2.0 ** (tries - 1), _LONGEST_PAUSE),
            said=said,
            n=delivery["n"],
        )
