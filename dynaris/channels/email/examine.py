"""Looks at a mail account as its owner would: does the server take its sign-in, may it send for its domain."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress

from aiosmtplib import SMTPAuthenticationError, SMTPException

from dynaris.channels.contract import Account, Examination
from dynaris.channels.email.characters import clean_line
from dynaris.channels.email.imap_folder import FAILURES, ImapFolder, SignInRefused
from dynaris.channels.email.send import signed_in
from dynaris.channels.email.settings import EmailSettings, MailServer, imap_server
from dynaris.core.outbound import Outbound

_SECONDS = 3.5
_RECORDS_SECONDS = 2.5
# Names that are never delegated: nobody's resolver knows them.
_LOCAL = re.compile(r"(?:^|\.)(?:localhost|test|example|invalid|local|internal|home\.arpa|example\.(?:com|net|org))$")
_RECONNECT = "give the account its servers anew, in its settings"


async def examine(
    account: Account[EmailSettings], server: MailServer | None, outbound: Outbound
) -> Sequence[Examination]:
    """`server`: where the account's mail leaves through."""
    found = await asyncio.gather(
        _smtp(server, account, outbound), _imap(account, outbound), _records(account.address.rpartition("@")[2])
    )
    return [each for part in found for each in part]


async def _smtp(server: MailServer | None, account: Account[EmailSettings], outbound: Outbound) -> list[Examination]:
    if server is None:
        remedy = "give the account an SMTP URL, in its settings; or the installation one for all (DYNARIS_SMTP_URL)"
        return [Examination("smtp", "failed", "no SMTP server is named: nothing can be sent", remedy)]
    try:
        async with asyncio.timeout(_SECONDS):
            client = await signed_in(server, account.address.rpartition("@")[2], outbound)
            with suppress(SMTPException, OSError):
                await client.quit()
    except SMTPAuthenticationError as error:
        why = f"{server} does not accept the user and password: {error.code} {clean_line(error.message, 200)}"
        return [Examination("smtp", "failed", why, f"renew the password there, then {_RECONNECT}")]
    except TimeoutError:
        why = f"{server} did not answer within {_SECONDS:g} s"
        remedy = "look whether the server runs, and whether a firewall keeps its port closed from here"
        return [Examination("smtp", "failed", why, remedy)]
    except (SMTPException, OSError) as error:
        why = f"{server} cannot be used: {clean_line(str(error), 200) or type(error).__name__}"
        remedy = f"look whether the server runs and its address is right; else {_RECONNECT}"
        return [Examination("smtp", "failed", why, remedy)]
    signed = f", signed in as {server.username}" if server.username else ""
    return [Examination("smtp", "ok", f"{server} takes mail{signed}")]


async def _imap(account: Account[EmailSettings], outbound: Outbound) -> list[Examination]:
    if account.settings.imap_url is None:
        return []
    server = imap_server(account.settings.imap_url.get_secret_value())
    folder = ImapFolder(server, outbound, read_only=True)
    try:
        async with asyncio.timeout(_SECONDS):
            await _in_own_thread(folder)
    except SignInRefused as error:
        why = f"{server} does not accept the user and password: {clean_line(str(error), 200)}"
        remedy = f"renew the password (or app password) there, then {_RECONNECT}"
        return [Examination("imap", "failed", why, remedy)]
    except TimeoutError:
        why = f"{server} did not answer within {_SECONDS:g} s"
        remedy = "look whether the server runs, and whether a firewall keeps its port closed from here"
        return [Examination("imap", "failed", why, remedy)]
    except FAILURES as error:
        why = f"{server} cannot be read: {clean_line(str(error), 200) or type(error).__name__}"
        remedy = f"look whether the server runs and its address is right; else {_RECONNECT}"
        return [Examination("imap", "failed", why, remedy)]
    finally:
        folder.cut_off()
    return [Examination("imap", "ok", f"{server} opens {server.folder} for {server.username}")]


async def _in_own_thread(folder: ImapFolder) -> None:
    from dynaris.channels.email.imap_in import in_thread

    await in_thread(folder.open)


async def _records(domain: str) -> list[Examination]:
    """What other servers ask before they believe a mail from this domain. Nothing is said where nobody answers."""
    if not domain or _LOCAL.search(domain.lower()):
        return []
    from dns.asyncresolver import Resolver
    from dns.exception import DNSException

    try:
        resolver = Resolver()
        resolver.lifetime = resolver.timeout = _RECORDS_SECONDS
        spf, dmarc = await asyncio.gather(
            _has_text(resolver, domain, "v=spf1"), _has_text(resolver, f"_dmarc.{domain}", "v=DMARC1")
        )
    except (DNSException, OSError, ValueError):
        return []
    missing = [name for name, there in (("SPF", spf), ("DMARC", dmarc)) if not there]
    if not missing:
        return [Examination("dns", "ok", f"{domain} has SPF and DMARC records")]
    remedy = (
        f"publish the TXT records that your mail provider gives ({' and '.join(missing)}), and switch DKIM signing on "
        "there; without them replies land in spam folders"
    )
    return [Examination("dns", "warning", f"{domain} has no {' and no '.join(missing)} record", remedy)]


async def _has_text(resolver: object, name: str, begins: str) -> bool:
    from dns.resolver import NXDOMAIN, NoAnswer

    try:
        answer = await resolver.resolve(name, "TXT")  # type: ignore[attr-defined]
    except (NXDOMAIN, NoAnswer):
        return False
    return any(b"".join(row.strings).lower().startswith(begins.lower().encode()) for row in answer)
