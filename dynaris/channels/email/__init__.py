"""E-mail: out through any SMTP server; in by IMAP, or by the built-in SMTP listener."""

from dynaris.channels.contract import Channel
from dynaris.channels.email.adapter import EmailChannel
from dynaris.channels.email.settings import EmailSettings

channel: Channel[EmailSettings] = EmailChannel()
