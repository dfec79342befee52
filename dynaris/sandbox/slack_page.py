"""The sandbox's Slack channel as a page: what was posted, every value from outside escaped."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from dynaris.sandbox import page_layout as layout

_EMPTY = "Nothing was posted yet: what needs a person is told here, such as a chat with “I need to talk to a person”."


def channel(messages: list[dict[str, Any]]) -> str:
    shown = "".join(_message(message) for message in reversed(messages[-200:]))
    return layout.page("Slack channel", "Sandbox", shown or f'<p class="soft">{_EMPTY}</p>', refresh=True)


def _message(message: dict[str, Any]) -> str:
    moment = layout.moment(datetime.fromtimestamp(message["at"], UTC).isoformat())
    blocks = "".join(_block(block) for block in message.get("blocks") or [])
    text = blocks or f"<p>{escape(str(message.get('text', '')))}</p>"
    return f'<article><p class="soft">dynaris, {moment}</p>{text}</article><hr>'


def _block(block: dict[str, Any]) -> str:
    said = escape(str((block.get("text") or {}).get("text", "")))
    if block.get("type") == "header":
        return f"<h2>{said}</h2>"
    if block.get("type") == "actions":
        return "".join(_button(element) for element in block.get("elements") or [])
    return f"<pre>{said}</pre>"


def _button(element: dict[str, Any]) -> str:
    url = str(element.get("url", ""))
    label = escape(str((element.get("text") or {}).get("text", "")))
    if not url.startswith(("http://", "https://")):
        return f"<p>{label}</p>"
    return f'<p><a href="{escape(url)}" rel="noreferrer" target="_blank">{label}</a></p>'
