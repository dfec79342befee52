"""A test mail to an account of ours through the sandbox, as a customer's mail comes in."""

import re
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID, uuid4

import aiosmtplib

from dynaris.channels.contract import Account, Refused, Trial, Tried
from dynaris.channels.email.settings import EmailSettings, MailServer, imap_server
from dynaris.core import clock
from dynaris.core.networks import is_loopback
from dynaris.core.settings import Settings

_SECONDS = 10.0
_ACCEPTED = re.compile(r"accepted ([0-9a-f-]{36})")
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - what a listener on every address is set to


async def try_out(
    account: Account[EmailSettings], trial: Trial, sandbox: Settings | None, outgoing: MailServer | None
) -> Tried:
    """Each time from another customer, whom nobody has met. Raises `Refused`."""
    if sandbox is None:
        raise Refused(f"there is no sandbox here to send from: write to {account.address} from a mailbox of your own")
    host, port = _way_in(account, sandbox, outgoing)
    customer = f"launch-test-{uuid4().hex[:8]}@customer.localhost"
    message_id = f"<{uuid4()}@customer.localhost>"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{trial.name} <{customer}>", account.address, trial.subject
    mail["Date"], mail["Message-ID"] = format_datetime(clock.now()), message_id
    mail.set_content(trial.text)
    try:
        async with aiosmtplib.SMTP(hostname=host, port=port, timeout=_SECONDS, start_tls=False) as server:
            refused, answer = await server.sendmail(customer, [account.address], mail.as_bytes())
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Refused(f"the mail was not taken at {host}:{port}: {error}") from error
    if refused:
        raise Refused(f"{account.address} was refused: {refused}")
    said = _ACCEPTED.search(answer)
    return Tried(event_id=UUID(said[1]) if said else None, message_id=message_id)


def _way_in(account: Account[EmailSettings], sandbox: Settings, outgoing: MailServer | None) -> tuple[str, int]:
    """Into the mailbox that the account reads, where that is the sandbox's; else to the listener that takes mail."""
    url = account.settings.imap_url
    if url is None:
        if not sandbox.smtp_port:
            raise Refused("mail is taken by no listener here (DYNARIS_SMTP_PORT is 0)")
        return ("127.0.0.1" if sandbox.host in _ANYWHERE else sandbox.host), sandbox.smtp_port
    mailbox = imap_server(url.get_secret_value())
    if outgoing and mailbox.port == sandbox.imap_port and is_loopback(mailbox.host) and is_loopback(outgoing.host):
        return outgoing.host, outgoing.port
    raise Refused(f"{account.address} reads a mailbox at {mailbox}: write to it from a mailbox of your own")
