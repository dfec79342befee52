"""Signed generic events: anything that can send an HTTP POST, answered at its `reply_url`."""

from dynaris.channels.contract import Channel
from dynaris.channels.generic.adapter import GenericChannel, GenericSettings

channel: Channel[GenericSettings] = GenericChannel()
