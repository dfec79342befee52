"""What Twilio is told to do with a call (twilio.com/docs/voice/twiml)."""

from xml.etree.ElementTree import Element, SubElement, tostring


def connected(socket: str, ticket: str, then: str) -> str:
    """Both ways to our socket; once that is closed, Twilio asks at `then`."""
    response = Element("Response")
    connect = SubElement(response, "Connect", action=then)
    stream = SubElement(connect, "Stream", url=socket)
    SubElement(stream, "Parameter", name="ticket", value=ticket)
    return _text(response)


def hung_up() -> str:
    response = Element("Response")
    SubElement(response, "Hangup")
    return _text(response)


def _text(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")
