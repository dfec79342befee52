"""Forms on a business's web site."""

from dynaris.channels.contract import Channel
from dynaris.channels.forms.adapter import FormsChannel
from dynaris.channels.forms.settings import FormSettings

channel: Channel[FormSettings] = FormsChannel()
