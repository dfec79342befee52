"""The chat widget on a business's web site."""

from dynaris.channels.contract import Channel
from dynaris.channels.webchat.adapter import WebchatChannel
from dynaris.channels.webchat.settings import WidgetSettings

channel: Channel[WidgetSettings] = WebchatChannel()
