"""Meta's error codes: how each is answered by the Graph API, and how it is reported by a failed status."""

import secrets
from typing import Any, NamedTuple

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class Kind(NamedTuple):
    status: int  # of HTTP
    title: str
    details: str


# Of those that name no code of their own here, whatever a fault asks for is answered as `_OTHER`.
KINDS = {
    0: Kind(401, "AuthException", "The user could not be authenticated."),
    1: Kind(500, "An unknown error occurred", "Possibly a temporary issue due to downtime."),
    2: Kind(503, "Service temporarily unavailable", "The service is down or overloaded. Try again later."),
    3: Kind(500, "API Method", "A capability or permission problem."),
    4: Kind(429, "Application request limit reached", "The app has reached its API call rate limit."),
    10: Kind(403, "Application does not have permission for this action", "A permission was not granted or removed."),
    33: Kind(400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: Kind(400, "Invalid parameter", "The request included unsupported or misspelled parameters."),
    104: Kind(401, "An access token is required to request this resource", "There is no access token."),
    190: Kind(401, "Error validating access token: Session has expired", "The access token has expired."),
    200: Kind(403, "Permission error", "The app does not have permission to do this."),
    368: Kind(403, "Temporarily blocked for policies violations", "The account violated a platform policy."),
    80007: Kind(400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: Kind(429, "Rate limit hit", "Message failed to send because the throughput limit was reached."),
    130472: Kind(400, "User's number is part of an experiment", "The message was not sent as part of an experiment."),
    130497: Kind(403, "Business account is restricted from messaging users in this country", "Another country."),
    131000: Kind(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Kind(403, "Access denied", "A permission was not granted or removed."),
    131008: Kind(400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: Kind(400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: Kind(500, "Service unavailable", "A service is temporarily unavailable."),
    131021: Kind(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: Kind(400, "Message undeliverable", "Message undeliverable."),
    131030: Kind(400, "Recipient phone number not in allowed list", "Add the recipient phone number to the list."),
    131031: Kind(403, "Business Account locked", "The account has been restricted or disabled."),
    131037: Kind(400, "Display name approval is needed", "The number's display name is not approved."),
    131042: Kind(400, "Business eligibility payment issue", "There was an error related to the payment method."),
    131045: Kind(500, "Incorrect certificate", "Message failed to send due to a phone number registration error."),
    131047: Kind(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: Kind(400, "Spam rate limit hit", "There are restrictions on how many messages this number may send."),
    131049: Kind(
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    131050: Kind(400, "User has stopped receiving marketing messages", "The recipient stopped marketing messages."),
    131051: Kind(400, "Unsupported message type", "Unsupported message type."),
    131052: Kind(400, "Media download error", "Unable to download the media sent by the user."),
    131053: Kind(400, "Media upload error", "Unable to upload the media used in the message."),
    131056: Kind(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from this phone number to the same phone number in a short period of time.",
    ),
    131057: Kind(500, "Account in maintenance mode", "The business account is in maintenance mode."),
    132000: Kind(400, "Number of parameters does not match the expected number of params", "They do not match."),
    132001: Kind(404, "Template name does not exist in the translation", "The template does not exist."),
    132005: Kind(400, "Translated text too long", "The translated text is too long."),
    132007: Kind(400, "Template format character policy violated", "The content violates a policy."),
    132012: Kind(400, "Parameter format does not match format in the created template", "They do not match."),
    132015: Kind(400, "Template is paused", "The template is paused due to low quality."),
    132016: Kind(400, "Template is disabled", "The template was paused too often and is disabled."),
    132018: Kind(400, "There was an issue with the parameters in your template", "A parameter cannot be used."),
    133004: Kind(503, "Server temporarily unavailable", "The server is temporarily unavailable."),
    133006: Kind(400, "Phone number needs to be verified", "The number must be verified before it is registered."),
    133010: Kind(400, "Phone number not registered", "The number is not registered on the WhatsApp Business Platform."),
    133016: Kind(400, "Account register deregister rate limit exceeded", "There were too many attempts."),
    135000: Kind(400, "Generic user error", "Message failed to send because of an unknown error."),
}
_OTHER = Kind(400, "Generic error", "A planned fault.")
_OAUTH = "OAuthException"
_TRANSIENT = frozenset({1, 2, 4})
_SUBCODES = {190: 463, 4: 2446079, 200: 1349176}


class GraphError(Exception):
    """Answered in Graph's form. `message` replaces the code's own title where Meta says something else."""

    def __init__(
        self, code: int, details: str | None = None, *, message: str | None = None, subcode: int | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.details, self.message, self.subcode = code, details, message, subcode

    @property
    def status(self) -> int:
        """HTTP's. A planned fault may ask for a plain one, such as 503."""
        return self.code if self._is_http() else KINDS.get(self.code, _OTHER).status

    def _is_http(self) -> bool:
        return self.code not in KINDS and 500 <= self.code < 600

    def body(self) -> dict[str, Any]:
        code = 2 if self._is_http() else self.code
        kind = KINDS.get(code, _OTHER)
        unsupported = self.subcode == 33
        error: dict[str, Any] = {
            "message": self.message or f"(#{code}) {kind.title}",
            "type": "GraphMethodException" if unsupported else _OAUTH,
            "code": code,
            "fbtrace_id": "A" + secrets.token_urlsafe(16)[:22],
        }
        if code in _TRANSIENT:
            error["is_transient"] = True
        if subcode := self.subcode or _SUBCODES.get(code):
            error["error_subcode"] = subcode
        if code >= 100_000 or self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details or kind.details}
        return {"error": error}


def failure(code: int) -> dict[str, Any]:
    """As a status of a message, or a message, carries it."""
    kind = KINDS.get(code, _OTHER)
    return {
        "code": code,
        "title": kind.title,
        "message": kind.title,
        "error_data": {"details": kind.details},
        "href": HREF,
    }


def no_such_object(object_id: str) -> GraphError:
    return GraphError(
        100,
        message=f"Unsupported request. Object with ID '{object_id[:100]}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation",
        subcode=33,
    )
