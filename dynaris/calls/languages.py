"""A caller who would rather speak another language, and says so in whichever they have."""

from collections.abc import Collection

from dynaris.calls.words import plain

_NAMES = {
    "en": ("english", "englisch", "inglés", "ingles", "anglais", "inglese", "inglês", "engels"),
    "de": ("german", "deutsch", "alemán", "aleman", "allemand", "tedesco", "alemão", "alemao", "duits"),
    "es": ("spanish", "spanisch", "español", "espanol", "espagnol", "spagnolo", "espanhol", "spaans"),
    "fr": ("french", "französisch", "francés", "frances", "français", "francais", "francese", "francês", "frans"),
    "it": ("italian", "italienisch", "italiano", "italien", "italiaans"),
    "pt": ("portuguese", "portugiesisch", "portugués", "portugues", "portugais", "portoghese", "português",
           "portugees"),
    "nl": ("dutch", "niederländisch", "holländisch", "neerlandés", "holandés", "néerlandais", "olandese", "holandês",
           "neerlandês", "nederlands"),
}  # fmt: skip
_OF = {name: language for language, names in _NAMES.items() for name in names}
# A language is named for many reasons; beside one of these it is asked for.
_ASKS = frozenset(
    [
        *(
            "speak",
            "talk",
            "switch",
            "change",
            "continue",
            "in",
            "please",
            "prefer",
            "sprechen",
            "sprich",
            "reden",
            "auf",
        ),
        *("bitte", "lieber", "hablar", "habla", "hablas", "hablamos", "en", "favor", "parler", "parlez", "parle"),
        *("plaît", "parla", "parlare", "parliamo", "favore", "falar", "fala", "falamos", "em", "spreken", "spreekt"),
        *("alstublieft", "graag", "verder", "op"),
    ]
)
_MOST_WORDS, _BARE_WORDS = 8, 2


def asked_for(said: str, *, spoken: Collection[str]) -> str | None:
    """The language, one of `spoken`."""
    heard = plain(said).split()
    named = {_OF[word] for word in heard if word in _OF}
    if len(named) != 1 or len(heard) > _MOST_WORDS:
        return None
    (language,) = named
    is_asked = len(heard) <= _BARE_WORDS or not _ASKS.isdisjoint(heard)
    return language if is_asked and language in spoken else None
