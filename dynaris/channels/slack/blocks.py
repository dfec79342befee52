"""A notification as Slack's Block Kit: what was written outside is plain text, and only our button is a link."""

from typing import Any

from dynaris.channels.contract import OutboundMessage
from dynaris.core.unlinked import unlinked

_TITLE, _TEXT, _FALLBACK = 150, 2_800, 600  # characters; Slack takes 150, 3,000 and 4,000


def body_of(message: OutboundMessage) -> dict[str, Any]:
    title = message.subject or message.text
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(title, _TITLE)}]
    if message.subject and message.text.strip():
        blocks.append({"type": "section", "text": _plain(message.text, _TEXT)})
    if url := message.data.get("url"):
        button = {"type": "button", "text": _plain("Open in Dynaris", 75), "url": str(url), "action_id": "open"}
        blocks.append({"type": "actions", "elements": [button]})
    return {
        "text": escaped(unlinked(title))[:_FALLBACK],  # what a phone's notification shows
        "blocks": blocks,
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """Nothing in it mentions anybody or is a link: Slack's three characters (`<!channel>`, `<https://…|here>`)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, most: int) -> dict[str, Any]:
    shown = unlinked(text).strip() or "…"
    return {"type": "plain_text", "text": shown if len(shown) <= most else f"{shown[: most - 1]}…", "emoji": False}
