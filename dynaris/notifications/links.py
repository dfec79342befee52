"""Where in the app is shown what a notification is about: as web/app/screens/notifications/subjects.ts has it."""

from collections.abc import Mapping
from urllib.parse import quote

from dynaris.core.addresses import Addresses

PREFERENCES = "/settings/notifications"
PATHS: Mapping[str, str] = {
    "conversation": "/inbox/all/{}",
    "event": "/events/{}",
    "contact": "/contacts/{}",
    "task": "/tasks",
    "booking": "/scheduling",
    "approval": "/inbox/approvals",
    "account": "/connectors/{}",
    "model_provider": "/settings/models",
    "model_spending": "/settings/models",
    "workspace": "/settings",
    "member": PREFERENCES,
}


def path_of(subject: str) -> str:
    """Of a subject like `conversation:<id>`; the app's first page where there is no other."""
    kind, _, named = subject.partition(":")
    return PATHS.get(kind, "/").format(quote(named, safe=""))


def link_to(public: Addresses, subject: str) -> str:
    return public.link(path_of(subject))
