"""Checks of the public addresses: do people and vendors reach this very installation, with a certificate that lasts."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from dynaris.app.doctor.finding import RUNBOOKS, Examined, Finding, failed, ok, warning
from dynaris.app.figures import installation_id
from dynaris.app.here import is_for_here
from dynaris.core import clock
from dynaris.core.addresses import addresses

_SECONDS = 4.0
_SOON, _VERY_SOON = 21, 3  # days until a certificate ends
_SKEW = 5.0  # seconds; the header has whole ones
_RUNBOOK = f"{RUNBOOKS}/connectors.md#the-public-address"


async def public(examined: Examined) -> list[Finding]:
    known = addresses(examined.settings)
    wanted = {"app": known.app, "auth": known.auth, "gateway": known.gateway}
    own = str(await installation_id(examined.db)) if examined.db else None
    distinct = {url: [name for name, each in wanted.items() if each == url] for url in dict.fromkeys(wanted.values())}
    found = await asyncio.gather(
        *(_address("/".join(names), url, own) for url, names in distinct.items()),
        *(_lasting("/".join(names), url) for url, names in distinct.items()),
    )
    return [finding for part in found for finding in part]


async def sandbox(examined: Examined) -> list[Finding]:
    """Mails with sign-in and reset links are shown there without a sign-in."""
    if not examined.settings.sandbox_pages or is_for_here(examined.settings):
        return []
    remedy = "unset DYNARIS_SANDBOX_PAGES: whoever can make a request on this machine reads everybody's links there"
    return [warning("sandbox", "the sandbox mailbox is shown at /sandbox/mail of an installation for others", remedy)]


async def _address(names: str, url: str, own: str | None) -> list[Finding]:
    about = _about(names, url)
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as response,
        ):
            body = await response.json(content_type=None) if response.status == 200 else None
            date, status = response.headers.get("date"), response.status
    except aiohttp.ClientConnectorCertificateError as error:
        remedy = "renew the certificate, or let the proxy send the whole chain"
        return [failed("public", f"the certificate is not accepted: {_why(error)}", remedy, **about)]
    except TimeoutError:
        remedy = "look at DNS, the proxy and the firewall: the web process must be reached there from outside"
        return [failed("public", f"no answer within {_SECONDS:g} s", remedy, **about)]
    except (aiohttp.ClientError, OSError, ValueError) as error:
        remedy = "start the web process; look at DNS, the proxy and DYNARIS_PUBLIC_URL"
        return [failed("public", f"it cannot be reached: {_why(error)}", remedy, **about)]
    said = body.get("installation") if isinstance(body, dict) else None
    return [_ours(status, said, own, about), *_clock(date, about)]


def _about(names: str, url: str) -> dict[str, str]:
    return {"subject": f"{names} {url}", "runbook": _RUNBOOK}


def _ours(status: int, said: object, own: str | None, about: dict[str, str]) -> Finding:
    if status != 200 or said is None:
        remedy = "let the proxy pass /healthz, and every other path, to the web process unchanged"
        return failed("public", f"something else answers there (status {status})", remedy, **about)
    if own is not None and said != own:
        remedy = "point DYNARIS_PUBLIC_URL or DNS at this installation; its links and callbacks go to the other one"
        return failed("public", "another installation answers there", remedy, **about)
    if own is None:
        remedy = "bring the database back first (see `database`): it knows who this installation is"
        return warning(
            "public", "an installation answers there; nobody can tell whether it is this one", remedy, **about
        )
    return ok("public", "this installation answers there", subject=about["subject"])


async def _lasting(names: str, url: str) -> list[Finding]:
    ends = await _certificate_end(url)
    if ends is None:
        return []
    days = (ends - clock.now()).days
    if days >= _SOON:
        return []
    judged = failed if days < _VERY_SOON else warning
    remedy = "renew it, and look why that is not automatic"
    return [judged("public", f"its certificate ends in {days} days", remedy, **_about(names, url))]


async def _certificate_end(url: str) -> datetime | None:
    """On a connection of its own: the HTTP library has given its own away when the answer is read. One that is not
    accepted has been told already.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() != "https":
        return None
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=ssl.create_default_context()
            )
            held = writer.get_extra_info("peercert")
            writer.close()
    except OSError:  # of TLS, and a timeout, too
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(held["notAfter"]), UTC) if held else None


def _clock(date: str | None, about: dict[str, str]) -> list[Finding]:
    try:
        skew = (clock.now() - parsedate_to_datetime(date or "")).total_seconds()
    except (TypeError, ValueError):
        return []
    if abs(skew) <= _SKEW:
        return []
    found = f"the clock there and the one here differ by {abs(skew):.0f} s"
    return [warning("clock", found, "synchronise the machines' clocks (NTP, chrony)", subject=about["subject"])]


def _why(error: BaseException) -> str:
    host = urlsplit(str(getattr(error, "host", "") or "")).path
    reason = getattr(error, "strerror", None) or type(error).__name__
    return f"{reason} ({host})" if host else str(reason)
