"""What a widget looks like and says, as its page is told: nothing of it is secret."""

from typing import get_args

from dynaris.channels.contract import Account
from dynaris.channels.webchat.schemas import MOST_BYTES, MOST_FILES, Appearance, FilesAllowed, FormFieldOut
from dynaris.channels.webchat.settings import FieldName, WidgetSettings
from dynaris.channels.webchat.texts import TEXTS, language_of


def appearance(
    account: Account[WidgetSettings], wanted: str, business: str, is_open: bool | None, agents_answer: bool
) -> Appearance:
    widget = account.settings
    language = language_of(wanted)
    texts = TEXTS[language] | widget.texts.get(language, {})
    greeting = widget.greeting or texts["greeting"]
    if is_open is False and (widget.away_text or not agents_answer):
        greeting = widget.away_text or texts["away"]
    return Appearance(
        language=language,
        texts=texts,
        title=widget.title or business,
        greeting=greeting,
        is_open=is_open,
        colour=widget.colour,
        on_colour=readable_on(widget.colour),
        position=widget.position,
        launcher_text=widget.launcher_text,
        form=_form(widget, texts),
        privacy_url=widget.privacy_url,
        sound=widget.sound,
        powered_by=widget.powered_by,
        files=FilesAllowed(most=MOST_FILES, most_bytes=MOST_BYTES, types=["*/*"]) if widget.attachments else None,
    )


def _form(widget: WidgetSettings, texts: dict[str, str]) -> list[FormFieldOut]:
    if not widget.pre_chat.enabled:
        return []
    fields = [(name, getattr(widget.pre_chat, name)) for name in get_args(FieldName)]
    return [
        FormFieldOut(name=name, label=field.label or texts[f"field_{name}"], required=field.required)
        for name, field in fields
        if field.visible
    ]


def readable_on(colour: str) -> str:
    """Black or white, whichever differs more: at least 4.5 to 1 on any colour (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"
