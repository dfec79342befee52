"""How a letter of ours begins, in the languages that forms and mails can be in."""

GREETINGS: dict[str, tuple[str, str]] = {
    "en": ("Hello {name},", "Hello,"),
    "de": ("Guten Tag {name},", "Guten Tag,"),
    "fr": ("Bonjour {name},", "Bonjour,"),
    "it": ("Buongiorno {name},", "Buongiorno,"),
    "es": ("Hola, {name}:", "Hola:"),
}


def greeting(language: str, name: str | None) -> str:
    named, unnamed = GREETINGS[language]
    return named.format_map({"name": name}) if name else unnamed
