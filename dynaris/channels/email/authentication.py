"""Whether the sender is proved: SPF, DKIM and DMARC results of a server that the account trusts.

Anyone can write an Authentication-Results header, so only the topmost one with a trusted name counts, and
further ones of the same name only where they stand above all Received headers: what is below the first of
these may have come with the mail.
"""

import re
from dataclasses import dataclass
from typing import Any

import authres
from authres.core import AuthResError

from dynaris.channels.contract import Identity
from dynaris.channels.email.addresses import mailboxes
from dynaris.channels.email.headers import Headers

_VALUE_LIMIT = 8_000
_COMMENTS_LIMIT = 50
_RESULTS_LIMIT = 50
_AUTHSERV_ID = re.compile(r"\s*\"?([^\s;\"()=]{1,253})\"?\s*(?:\d{1,9}\s*)?(?:;|\Z|\()")


@dataclass(frozen=True, slots=True)
class Proof:
    identity: Identity
    reason: str


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    domain: str | None  # that the result is about

    def __str__(self) -> str:
        return f"{self.method}={self.result}" + (f" ({self.domain})" if self.domain else "")


def prove(headers: Headers, sender: str, trusted_authserv_ids: frozenset[str], *, single_sender: bool) -> Proof:
    """What the trusted server says about the domain of `sender`, the address in From."""
    if len({tuple(mailbox.address for mailbox in mailboxes(field)) for field in headers.all("from")}) > 1:
        return Proof(
            Identity.FAILED, "the mail has several From fields: readers and servers differ in which one counts"
        )
    if not trusted_authserv_ids:
        return Proof(Identity.CLAIMED, "nothing was proved: no server is trusted to check senders")
    server, results = _trusted_results(headers, frozenset(name.lower() for name in trusted_authserv_ids))
    if server is None:
        return Proof(Identity.CLAIMED, "nothing was proved: no Authentication-Results of a trusted server")
    if not single_sender:
        return Proof(Identity.CLAIMED, "nothing was proved: From does not name exactly one address")
    identity, why = _verdict(results, sender.rpartition("@")[2])
    return Proof(identity, f"{why} by {server}")


def _verdict(results: list[_Result], domain: str) -> tuple[Identity, str]:
    dmarc = [result for result in results if result.method == "dmarc"]
    for result in dmarc:
        if result.result == "fail":
            return Identity.FAILED, str(result)
    for result in dmarc:
        if result.result == "pass":
            if result.domain in (None, domain):
                return Identity.VERIFIED, f"dmarc=pass for {domain}"
            return Identity.CLAIMED, f"dmarc=pass is about {result.domain}, not {domain}"
    signed = [result for result in results if result.method in ("dkim", "spf")]
    for result in signed:
        if result.result == "pass" and _covers(result.domain, domain):
            return Identity.VERIFIED, f"{result.method}=pass for {result.domain}"
    bad = [result for result in signed if result.result in ("fail", "hardfail")]
    if bad and not any(result.result == "pass" for result in signed):
        return Identity.FAILED, ", ".join(map(str, bad))
    return Identity.CLAIMED, ", ".join(map(str, (dmarc + signed)[:6])) or "nothing was proved"


def _covers(proved: str | None, domain: str) -> bool:
    """The domain itself or one above it; one below would need the public suffix list to be safe."""
    return bool(proved) and "." in str(proved) and (domain == proved or domain.endswith(f".{proved}"))


def _trusted_results(headers: Headers, trusted: frozenset[str]) -> tuple[str | None, list[_Result]]:
    server: str | None = None
    results: list[_Result] = []
    may_go_on = headers.get("received") is not None
    for name, value in headers.fields:
        if server and (name == "received" or not may_go_on or len(results) >= _RESULTS_LIMIT):
            break
        if name == "received":
            may_go_on = False
        said_by = _authserv_id(value) if name == "authentication-results" else ""
        if said_by not in trusted or server not in (None, said_by):
            continue
        server = said_by
        parsed = _parsed(value)
        if parsed is None:
            break
        results += parsed
    return server, results


def _authserv_id(value: str) -> str:
    match = _AUTHSERV_ID.match(value)
    return match[1].lower() if match else ""


def _parsed(value: str) -> list[_Result] | None:
    """`None` when it does not follow the grammar: parts of it may be the sender's words."""
    if len(value) > _VALUE_LIMIT or value.count("(") > _COMMENTS_LIMIT:
        return None
    try:
        header = authres.AuthenticationResultsHeader.parse_value(value)
    except (AuthResError, ValueError, TypeError, AttributeError, IndexError):
        return None
    return [_result(result) for result in header.results or ()]


def _result(result: Any) -> _Result:
    method = str(result.method or "").lower()
    properties = {
        f"{prop.type}.{prop.name}".lower(): str(prop.value or "").strip("\"'").lower()
        for prop in result.properties or ()
    }
    names = {
        "dmarc": ("header.from",),
        "dkim": ("header.d", "header.i"),
        "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo"),
    }.get(method, ())
    value = next((properties[name] for name in names if properties.get(name)), None)
    return _Result(method, str(result.result or "").lower(), value.rpartition("@")[2].strip("<> ") if value else None)
