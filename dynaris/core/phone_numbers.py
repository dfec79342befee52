"""Telephone numbers as people read them."""

import re
from functools import lru_cache

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@lru_cache(maxsize=4096)
def is_e164(text: str) -> bool:
    return _E164.fullmatch(text) is not None


def spaced(text: str) -> str:
    """A number as it is stored, +491701234567, as +49 170 1234567; everything else as it is."""
    if not is_e164(text):
        return text
    import phonenumbers  # 25 ms to import, and only some workspaces have phones

    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:  # a country that nobody knows
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
