"""Telephone calls by Twilio."""

from dynaris.channels.contract import Channel
from dynaris.channels.voice_twilio.adapter import TwilioVoiceChannel
from dynaris.channels.voice_twilio.settings import TwilioVoiceSettings

channel: Channel[TwilioVoiceSettings] = TwilioVoiceChannel()
