"""Test calls from a browser: somebody of ours talks to an agent, with no telephone and no provider."""

from dynaris.channels.contract import Channel
from dynaris.channels.voice_browser.adapter import BrowserSettings, BrowserVoiceChannel

channel: Channel[BrowserSettings] = BrowserVoiceChannel()
