"""Finds the channels: every folder here is one, but for the contract; a broken folder stops the start, loudly."""

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import Any

import dynaris.channels
from dynaris.channels.contract import Channel
from dynaris.core.errors import NotFound, StartupError


@cache
def channels() -> MappingProxyType[str, Channel[Any]]:
    found: dict[str, Channel[Any]] = {}
    for folder in pkgutil.iter_modules(dynaris.channels.__path__):
        if not folder.ispkg or folder.name == "contract":
            continue
        module = importlib.import_module(f"dynaris.channels.{folder.name}")
        channel = getattr(module, "channel", None)
        if channel is None:
            raise StartupError(f"channels/{folder.name} has no `channel` in its __init__.py")
        if channel.name != folder.name:
            raise StartupError(f"channels/{folder.name} calls itself {channel.name!r}: the folder is the name")
        found[channel.name] = channel
    return MappingProxyType(found)


def customer_channels() -> dict[str, Channel[Any]]:
    """Without those on which only our own people are told, or try the agents out."""
    return {name: each for name, each in channels().items() if each.traits.tells is None and not each.traits.trial}


def trial_channels() -> list[str]:
    """Those on which our own people try the agents out."""
    return [name for name, each in channels().items() if each.traits.trial]


def channel(name: str) -> Channel[Any]:
    try:
        return channels()[name]
    except KeyError:
        raise NotFound(f"unknown channel {name!r}; there are {', '.join(sorted(channels()))}") from None
