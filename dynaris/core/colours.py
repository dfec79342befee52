"""Colours of pages and how well one is read on another (WCAG 2.2, contrast)."""

from typing import NamedTuple

LEGIBLE = 4.5  # the least contrast of text with what is behind it


class Rgb(NamedTuple):
    red: float
    green: float
    blue: float


def rgb_of(colour: str) -> Rgb:
    """Of one like #0f766e."""
    return Rgb(*(int(colour[place : place + 2], 16) for place in (1, 3, 5)))


def shown(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)


def mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """With so much of the other one, 0 to 1."""
    return Rgb(*(one + (two - one) * share for one, two in zip(colour, other, strict=True)))


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (p / 255 for p in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
