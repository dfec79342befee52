"""The last look at a text that an agent wrote and that leaves the house: links, addresses, numbers, accounts, secrets.

Most texts have none of these and cost a few microseconds. Only the others are held against what the business says of
itself, which takes a statement, and what that does not settle against its knowledge. What does not hold waits for a
person: a hole in an answer would puzzle the contact, and the owner should know what was tried.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents.guardrails.details import (
    FEWEST_WORDS,
    NUMBER_WORDS,
    accounts_in,
    addresses_in,
    bare,
    handles_in,
    numbers_in,
    plain_text,
    secrets_in,
    tells_number,
)
from dynaris.agents.guardrails.links import Link, belongs, host_of, links_in
from dynaris.core.db import Database
from dynaris.core.settings import Settings

# What a page or a file says allows no host by itself: only what our people typed does, and where a page was read. Of
# the contact's addresses those count that were proved here, or that this conversation goes to.
_KNOWN = """SELECT w.profile,
    ARRAY(SELECT address FROM account WHERE workspace_id = %(ws)s) AS accounts,
    ARRAY(SELECT url FROM knowledge_source WHERE workspace_id = %(ws)s AND enabled AND url IS NOT NULL) AS pages,
    ARRAY(SELECT reply_to || E'\\n' || array_to_string(proved, E'\\n') FROM conversation
          WHERE workspace_id = %(ws)s AND id = %(conversation)s) AS own,
    ARRAY(SELECT left(text, 20000) FROM message WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
          AND direction = 'inbound' ORDER BY id DESC LIMIT 50) AS said
    FROM workspace w WHERE w.id = %(ws)s"""

# Each passage is read until one has it: only what nothing else settles is looked for here.
_IN_KNOWLEDGE = """SELECT
    ARRAY(SELECT item FROM unnest(%(typed)s::text[]) AS item WHERE EXISTS (
          SELECT FROM passage p JOIN knowledge_source s ON s.workspace_id = p.workspace_id AND s.id = p.source_id
          WHERE p.workspace_id = %(ws)s AND s.enabled AND s.kind IN ('text', 'markdown', 'faq')
            AND position(item IN lower(p.text)) > 0 AND lower(p.text) ~ (%(patterns)s::jsonb->>item))) AS typed,
    ARRAY(SELECT item FROM unnest(%(written)s::text[]) AS item WHERE EXISTS (
          SELECT FROM passage p JOIN knowledge_source s ON s.workspace_id = p.workspace_id AND s.id = p.source_id
          WHERE p.workspace_id = %(ws)s AND s.enabled AND position(item IN lower(p.text)) > 0
            AND lower(p.text) ~ (%(patterns)s::jsonb->>item))) AS written"""


# What could begin any of it: prose has none, and most replies are prose. Each is found by its first letter: fast.
_SIGNS = (
    *("@", "<", ">", "\\", "[", "//", " .", "&", "%2e", "。", "｡", "․", "‧", "﹒", "·", "・", "•"),
    *("arroba", "arobase", "klammeraffe"),
    *("dot", "punkt", "punto", "ponto", "point", "period", "full stop", ",com", ",net", ",org", ",de"),
)
_SECRETS = ("key", "passw", "contrase", "passe")
_POINT = re.compile(r"\.(?:[\w\[(<]|\s(?:com|net|org|info|io|co|de|xyz|ru|cn)\b)", re.IGNORECASE)
_COLON = re.compile(r":(?<=[a-z]:)\S")
_NUMBER = re.compile(r"\d(?:[\s,()/._\u2010-\u2015-]{0,3}\d){6}")
_LONGEST_WORD = 15  # keys are longer
_TOLD = NUMBER_WORDS - {"un", "uno"}  # articles, too: prose is full of them
_LETTERED = "11111"  # words of one letter, one after the other: something is spelled out


def _is_prose(text: str) -> bool:
    lowered = text.casefold()
    if any(sign in lowered for sign in _SIGNS) or any(word in lowered for word in _SECRETS):
        return False
    if _POINT.search(text) or _COLON.search(lowered) or _NUMBER.search(text):
        return False
    words = lowered.split()
    if sum(word.rstrip(",.;-") in _TOLD for word in words) >= FEWEST_WORDS or _LETTERED in _lengths(words):
        return False
    return all(len(word) <= _LONGEST_WORD for word in words)


def _lengths(words: Sequence[str]) -> str:
    """Each word as `1` where it is but one letter."""
    return "".join("1" if len(word) == 1 else " " for word in words)


def own_hosts(settings: Settings) -> frozenset[str]:
    """Of this installation's public addresses."""
    return _hosts_of(settings.base_url, settings.docs_url, settings.auth_url, settings.gateway_url)


@lru_cache(maxsize=8)
def _hosts_of(*urls: str | None) -> frozenset[str]:
    return frozenset(filter(None, (host_of(url) for url in urls if url)))


@dataclass(frozen=True, slots=True)
class Outgoing:
    db: Database
    workspace_id: UUID
    conversation_id: UUID
    own_hosts: frozenset[str] = frozenset()  # of this installation

    async def why_ask(self, text: str) -> str | None:
        """Why a person must see this text before it leaves; `None`: nobody needs to."""
        text = plain_text(text)
        if _is_prose(text):
            return None
        if secrets_in(text):
            return "the text holds what looks like a secret"
        links = [link for link in links_in(text) if link.host not in self.own_hosts or not link.host]
        addresses, numbers, accounts = [*addresses_in(text), *handles_in(text)], numbers_in(text), accounts_in(text)
        if not (links or addresses or numbers or accounts):
            return None
        if bad := next((link for link in links if not link.host), None):
            return f"the text holds a link that is not allowed: {bad.written[:100]}"

        def strange(known: dict[str, Any]) -> str | None:
            return (
                _strange_link(links, known)
                or _strange_detail(addresses, numbers, known)
                or _strange_account(accounts, known)
            )

        known = {**await self._row(_KNOWN), "typed": [], "written": []}
        if strange(known) is None:
            return None
        typed = sorted({item for link in links for item in (link.host, link.url)})
        written = [*addresses, *(number.casefold() for number in numbers), *accounts, *map(_grouped, accounts)]
        patterns = Jsonb({item: _whole(item) for item in (*typed, *written)})
        return strange(known | await self._row(_IN_KNOWLEDGE, typed=typed, written=written, patterns=patterns))

    async def _row(self, statement: LiteralString, **items: Any) -> dict[str, Any]:
        async with self.db.workspace(self.workspace_id) as connection:
            cursor = await connection.execute(
                statement, {"ws": self.workspace_id, "conversation": self.conversation_id, **items}
            )
            row = await cursor.fetchone()
        assert row is not None
        return row


def _strange_link(links: Iterable[Link], known: dict[str, Any]) -> str | None:
    profile = known["profile"]
    open_hosts = [host_of(address) or "" for address in (profile.get("website") or "", *profile.get("link_hosts", ()))]
    pages = {host_of(page) for page in known["pages"]}
    for link in links:
        host = link.host.removeprefix("www.")
        if link.url in known["typed"] or link.url == (profile.get("website") or "").rstrip("/").casefold():
            continue
        named = any(belongs(link.host, one.removeprefix("www.")) for one in open_hosts)
        allowed = named or link.host in pages or {host, link.host} & set(known["typed"])
        if not allowed:
            return f"{link.host} is not a host that this workspace links to"
        if not link.plain:
            return f"a link to {link.host} carries more than its path: {link.written[:100]}"
    return None


def _whole(item: str) -> str:
    """As PostgreSQL looks for it: not as a part of a longer name, such as clinic.co in clinic.com."""
    quoted = re.sub(r"([^\w\s])", r"\\\1", item)
    return rf"(^|[^[:alnum:]_.+%-]|www\.){quoted}($|[^[:alnum:]_.-]|\.($|[^[:alnum:]]))"


def _told(known: dict[str, Any]) -> list[str]:
    """What the contact said here and what the business says of itself."""
    profile = known["profile"]
    business = [profile.get(name) for name in ("email", "phone", "description", "signature", "postal_address")]
    business += (profile.get("signatures") or {}).values()
    here = [plain_text(text) for text in (*known["own"], *known["said"])]
    return [*here, *known["accounts"], *filter(None, business)]


def _strange_detail(addresses: Iterable[str], numbers: Iterable[str], known: dict[str, Any]) -> str | None:
    told = _told(known)
    lowered = "\n".join(told).casefold()
    for address in addresses:
        here = re.search(rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)", lowered)
        if not here and address not in known["written"]:
            return f"{address} is neither the contact's nor the business's"
    for number in numbers:
        if number.casefold() not in known["written"] and not tells_number(number, told):
            return f"{number} is neither the contact's number nor the business's"
    return None


def _strange_account(accounts: Iterable[str], known: dict[str, Any]) -> str | None:
    """Where money goes: what a contact writes is no account of ours."""
    business = bare(" ".join(_told({**known, "own": [], "said": []})))
    for account in accounts:
        if account not in business and not {account, _grouped(account)} & set(known["written"]):
            return f"{account} is no account that this workspace names"
    return None


def _grouped(account: str) -> str:
    return " ".join(re.findall(".{1,4}", account))
