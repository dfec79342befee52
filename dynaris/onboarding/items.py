"""The staff's onboarding checklist, line by line: its items by section, each with the words of the guide."""

from dataclasses import dataclass
from typing import Literal, get_args

ItemKey = Literal[
    "sign_up",
    "email_verified",
    "plan",
    "mailbox",
    "slack",
    "phone",
    "whatsapp",
    "website",
    "knowledge",
    "knowledge_fits",
    "calendar",
    "availability",
    "crm",
    "contact_sync",
    "verification",
    "health",
    "custom_config",
]
ITEMS: tuple[ItemKey, ...] = get_args(ItemKey)


@dataclass(frozen=True, slots=True)
class Item:
    key: ItemKey
    title: str
    guide: str  # the line of the staff guide; empty for what it does not name
    checks: bool = False  # "check again" does more than reading does
    takes_note: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    items: tuple[Item, ...]


_SIGN_UP = "Confirm sign-up and email verification"

SECTIONS = (
    Section(
        "account",
        "Account",
        (
            Item("sign_up", "Signed up", _SIGN_UP),
            Item("email_verified", "E-mail address verified", _SIGN_UP),
            Item("plan", "Plan and credits noted", "Note plan/credits"),
        ),
    ),
    Section(
        "channels",
        "Channels",
        (
            Item("mailbox", "Mailbox connected and healthy", "Gmail / Outlook: OAuth via Composio", checks=True),
            Item("slack", "Slack connected", "Slack: OAuth via Composio"),
            Item("phone", "Telephone number assigned", "Twilio: Connect via Dynaris Voice page; assign number"),
            Item(
                "whatsapp", "WhatsApp with templates", "WhatsApp: Meta Business API; templates must be approved first"
            ),
            Item("website", "Chat or form on the web site", ""),
        ),
    ),
    Section(
        "knowledge",
        "Knowledge base",
        (
            Item("knowledge", "Documents or FAQ", "Ensure at least one document or FAQ is uploaded"),
            Item(
                "knowledge_fits",
                "Answers what customers ask",
                "Verify content matches their use case (sales, support, etc.)",
                checks=True,
            ),
        ),
    ),
    Section(
        "calendar",
        "Calendar",
        (
            Item("calendar", "Calendar connected", "Google Calendar or Outlook calendar connected"),
            Item("availability", "Free times are found", "Test availability lookup", checks=True),
        ),
    ),
    Section(
        "crm",
        "CRM",
        (
            Item("crm", "CRM connected", "HubSpot or Salesforce connected"),
            Item("contact_sync", "Contacts sync", "Verify contact sync"),
        ),
    ),
    Section(
        "launch",
        "Launch verification",
        (
            Item("verification", "A test message is answered", "Run through Launch Guide Post-Launch Verification"),
            Item("health", "Everything is well", "Run through Launch Guide Post-Launch Verification", checks=True),
            Item("custom_config", "Custom configuration noted", "Document any custom config", takes_note=True),
        ),
    ),
)
BY_KEY = {item.key: item for section in SECTIONS for item in section.items}
