"""Calls as rooms of a LiveKit server: by SIP from a PBX or an operator, and from web pages."""

from dynaris.channels.contract import Channel
from dynaris.channels.voice_livekit.adapter import LiveKitVoiceChannel
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings

channel: Channel[LiveKitVoiceSettings] = LiveKitVoiceChannel()
