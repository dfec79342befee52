"""What the outside world sends: signed events of four sources, some of them again, some of them forged."""

import hashlib
import hmac
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

# The demo workspace's knowledge answers them.
QUESTIONS = (
    "What are your opening hours?",
    "Is there parking?",
    "What does a physiotherapy session cost, and how long does it take?",
    "How do I cancel or move an appointment?",
    "How can I pay?",
    "What should I bring to my first visit?",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A sender as the receiving system knows it."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Mix:
    """The shares of the traffic."""

    redelivered: float = 0.05
    forged: float = 0.01
    hot_share: float = 0.2
    hot_contacts: int = 10
    contacts: int = 2000
    known_share: float = 0.0  # of the rest: people of a preloaded database, `known0@people.example` and on
    known_contacts: int = 100_000
    one_address: bool = False  # a contact's events are answered at one address, so that bursts can be joined


ONE_CONTACT = Mix(redelivered=0, forged=0, hot_share=1, hot_contacts=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to make."""

    source: Source
    external_id: str
    body: bytes
    redelivered: bool = False
    forged: bool = False

    def headers(self) -> dict[str, str]:
        secret = "wrong " + self.source.secret if self.forged else self.source.secret
        return {
            "Content-Type": "application/json",
            "X-Dynaris-Source": self.source.name,
            "X-Dynaris-Signature": signature(secret, self.body),
        }


def signature(secret: str, body: bytes, *, now: int | None = None) -> str:
    """`t=<unix>,v1=<hex hmac-sha256(secret, t + "." + body)>`."""
    moment = str(int(time.time()) if now is None else now)
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


@dataclass
class Workload:
    """An endless stream of deliveries; the same seed gives the same stream."""

    run: str  # leads every external id, so that one run's rows and replies can be told apart
    sources: list[Source]
    reply_url: str
    seed: int
    mix: Mix = field(default_factory=Mix)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._sent = 0
        self._asked: Counter[str] = Counter()
        self._recent: deque[Delivery] = deque(maxlen=100)

    def next(self) -> Delivery:
        dice = self._random.random()
        if dice < self.mix.redelivered and self._recent:
            earlier = self._random.choice(self._recent)
            return Delivery(earlier.source, earlier.external_id, earlier.body, redelivered=True)
        forged = dice > 1 - self.mix.forged
        delivery = self._fresh(forged=forged)
        if not forged:
            self._recent.append(delivery)
        return delivery

    def _fresh(self, *, forged: bool) -> Delivery:
        self._sent += 1
        external_id = f"{self.run}-{self._sent}"
        name = self._contact()
        body = {
            "id": external_id,
            "type": "message.created",
            "occurred_at": datetime.now(UTC).isoformat(),
            "from": {"email": f"{name}@people.example", "name": name.title()},
            "subject": "A question",
            "text": self._question(name),
            "reply_url": f"{self.reply_url}/{f'{name}~' if self.mix.one_address else external_id}",
        }
        return Delivery(self._random.choice(self.sources), external_id, orjson.dumps(body), forged=forged)

    def _contact(self) -> str:
        if self._random.random() < self.mix.hot_share:
            return f"hot{self._random.randrange(self.mix.hot_contacts)}"
        if self._random.random() < self.mix.known_share:
            return f"known{self._random.randrange(self.mix.known_contacts)}"
        return f"person{self._random.randrange(self.mix.contacts)}"

    def _question(self, name: str) -> str:
        """Nobody asks the same twice in a row, even where deliveries overtake each other: who does is not
        helped by the same answer, and gets a person."""
        self._asked[name] += 1
        question = QUESTIONS[(len(name) + self._asked[name]) % len(QUESTIONS)]
        return f"{question} My reference is A{self._sent}."
