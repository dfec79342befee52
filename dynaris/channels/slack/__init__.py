"""Slack: a channel of the business's own Slack, in which its people are told what needs them."""

from dynaris.channels.contract import Channel
from dynaris.channels.slack.adapter import SlackChannel, SlackSettings

channel: Channel[SlackSettings] = SlackChannel()
