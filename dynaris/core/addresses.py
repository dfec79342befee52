"""The product's public addresses: what every link, callback, snippet and signature is made from."""

from dataclasses import dataclass

from dynaris.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Each without a trailing slash. All but `docs` lead to the web process."""

    app: str  # the pages of the people who work here; links in notifications
    docs: str  # the documentation and the API's reference
    auth: str  # sign-in, invitations, verification of addresses, what identity providers call back
    gateway: str  # where other systems and web pages send to: events, forms, the chat widget, vendors' webhooks

    def link(self, path: str) -> str:
        """To a page of the app."""
        return f"{self.app}/{path.lstrip('/')}"

    def sign_in(self, path: str) -> str:
        """To a page about signing in: `/auth/…`."""
        return f"{self.auth}/{path.lstrip('/')}"

    def callback(self, path: str) -> str:
        """Where another system or a web page reaches us."""
        return f"{self.gateway}/{path.lstrip('/')}"


def addresses(settings: Settings) -> Addresses:
    app = settings.base_url
    return Addresses(
        app=app,
        docs=(settings.docs_url or f"{app}/api/docs").rstrip("/"),
        auth=(settings.auth_url or app).rstrip("/"),
        gateway=(settings.gateway_url or app).rstrip("/"),
    )
