"""WhatsApp, by Meta's Cloud API."""

from dynaris.channels.contract import Channel
from dynaris.channels.whatsapp.adapter import WhatsAppChannel
from dynaris.channels.whatsapp.settings import WhatsAppSettings

channel: Channel[WhatsAppSettings] = WhatsAppChannel()
