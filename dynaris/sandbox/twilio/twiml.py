"""TwiML, as far as calls need it, and checked as Twilio checks it (twilio.com/docs/voice/twiml)."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring

from dynaris.core.errors import InvalidInput

_VERBS = frozenset({"Connect", "Dial", "Gather", "Hangup", "Pause", "Play", "Record", "Redirect", "Reject", "Say"})
_LONGEST = 64_000


def verbs(text: str) -> Iterator[Element]:
    """In order. Raises `InvalidInput` with what Twilio's debugger would say."""
    if len(text) > _LONGEST:
        raise InvalidInput(f"11750 TwiML response body too large: {len(text)} characters")
    try:
        response = fromstring(text)  # noqa: S314 - the product's own answer, to a stand-in
    except ParseError as error:
        raise InvalidInput(f"12100 Document parse failure: {error}") from error
    if response.tag != "Response":
        raise InvalidInput(f"12101 Invalid Twilio Markup XML version: <Response> was expected, not <{response.tag}>")
    for verb in response:
        if verb.tag not in _VERBS:
            raise InvalidInput(f"12200 Schema validation warning: <{verb.tag}> is no verb that is known here")
        yield verb


def number(element: Element, name: str, default: float) -> float:
    try:
        return float(element.get(name, default))
    except ValueError:
        return default
