"""Web push: notifications of our own people's browsers."""

from dynaris.channels.contract import Channel
from dynaris.channels.webpush.adapter import WebPushChannel, WebPushSettings

channel: Channel[WebPushSettings] = WebPushChannel()
