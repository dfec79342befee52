"""The business's own colour on its page, made readable: what is written on it and in it always stands out enough."""

from dynaris.core.colours import LEGIBLE, Rgb, contrast, mixed, rgb_of, shown

_BLACK, _WHITE = Rgb(0, 0, 0), Rgb(255, 255, 255)
_LIGHT, _DARK = rgb_of("#ffffff"), rgb_of("#181b22")  # what is behind it (core/look.py)
_STEPS = 40
_TINT = 0.08


def style_of(colour: str | None) -> str:
    """A style sheet; empty where the business chose no colour. `colour` is like #0f766e."""
    if colour is None:
        return ""
    own = rgb_of(colour)
    light, dark = _shades(own, _LIGHT, _BLACK), _shades(own, _DARK, _WHITE)
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _shades(own: Rgb, page: Rgb, towards: Rgb) -> str:
    tint = mixed(page, own, _TINT)
    on = max(_BLACK, _WHITE, key=lambda each: contrast(own, each))
    text = next(
        shade for shade in _nearer(own, towards) if min(contrast(shade, page), contrast(shade, tint)) >= LEGIBLE
    )
    return f"--accent:{shown(own)};--on-accent:{shown(on)};--accent-text:{shown(text)};--tint:{shown(tint)}"


def _nearer(own: Rgb, towards: Rgb) -> list[Rgb]:
    return [mixed(own, towards, step / _STEPS) for step in range(_STEPS + 1)]
