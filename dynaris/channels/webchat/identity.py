"""Who a site says its signed-in visitor is: signed with the widget's secret, so that no visitor can say it."""

import hmac
import time
from hashlib import sha256

from pydantic import SecretStr

from dynaris.channels.webchat.schemas import IdentityIn
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.errors import Forbidden


def check(settings: WidgetSettings, given: IdentityIn) -> None:
    """Raises `Forbidden` where nothing of it may be believed: also where the widget has no secret.

    The secret before the last renewal counts until it is removed: pages that are open still have its hashes.
    """
    secrets = [each for each in (settings.identity_secret, settings.earlier_identity_secret) if each]
    if not secrets:
        raise Forbidden("this widget has no identity secret: an admin makes one in its settings")
    said = given.hash.strip().lower().encode()
    if not any(hmac.compare_digest(said, signed(secret, given).encode()) for secret in secrets):
        raise Forbidden("`hash` is not the HMAC-SHA256 of this visitor with the widget's identity secret")
    if given.expires_at is not None and given.expires_at < time.time():
        raise Forbidden("`expires_at` is over: the page needs a new hash")


def signed(secret: SecretStr, given: IdentityIn) -> str:
    """The e-mail address in lower case; where there is more, three lines: address, user id, end."""
    text = given.email.strip().lower()
    if given.user_id is not None or given.expires_at is not None:
        text += f"\n{given.user_id or ''}\n{given.expires_at or ''}"
    return hmac.digest(secret.get_secret_value().encode(), text.encode(), sha256).hex()
