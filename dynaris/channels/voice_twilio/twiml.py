"""What Twilio is told to do with a call (twilio.com/docs/voice/twiml)."""

from xml.etree.ElementTree import Element, SubElement, tostring

RING_SECONDS, KEY_SECONDS = 20, 8  # at whoever a call is transferred to; and for their key


def connected(socket: str, ticket: str, then: str) -> str:
    """Both ways to our socket; once that is closed, Twilio asks at `then`."""
    response = Element("Response")
    connect = SubElement(response, "Connect", action=then)
    stream = SubElement(connect, "Stream", url=socket)
    SubElement(stream, "Parameter", name="ticket", value=ticket)
    return _text(response)


def transferred(number: str, caller_id: str, *, note: str, then: str) -> str:
    """Rings there. Whoever answers hears, at `note`, what it is about; `then` is asked once it is over."""
    response = Element("Response")
    dial = SubElement(response, "Dial", callerId=caller_id, timeout=str(RING_SECONDS), action=then)
    SubElement(dial, "Number", url=note).text = number
    return _text(response)


def dialled(address: str, *, then: str) -> str:
    """To a SIP address; `then` is asked once it is over, or was not answered."""
    response = Element("Response")
    dial = SubElement(response, "Dial", timeout=str(RING_SECONDS), action=then)
    SubElement(dial, "Sip").text = address
    return _text(response)


def told(note: str, press: str, language: str, then: str) -> str:
    """To whoever answers a transfer: a voicemail presses no key, and never gets the caller."""
    response = Element("Response")
    gather = SubElement(response, "Gather", numDigits="1", timeout=str(KEY_SECONDS), action=then)
    for text in (note, press):
        if text:
            SubElement(gather, "Say", language=language).text = text
    SubElement(response, "Hangup")
    return _text(response)


def nothing() -> str:
    return _text(Element("Response"))


def hung_up() -> str:
    response = Element("Response")
    SubElement(response, "Hangup")
    return _text(response)


def _text(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")
