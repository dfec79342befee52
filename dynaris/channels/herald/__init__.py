"""Herald: other services have a conversation's next turn answered, over HTTP."""

from dynaris.channels.contract import Channel
from dynaris.channels.herald.adapter import HeraldChannel
from dynaris.channels.herald.settings import HeraldSettings

channel: Channel[HeraldSettings] = HeraldChannel()
