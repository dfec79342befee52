"""What a workspace's settings may name: languages, and models that the agent library knows a provider of."""

# ISO 639-1.
LANGUAGES = {
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn",
    "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el",
    "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv",
    "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it",
    "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt",
    "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa",
    "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl",
    "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn",
    "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
}  # fmt: skip

BUILTIN_MODEL = "builtin"


def known_language(tag: str) -> str:
    """Raises ValueError. A region may follow: `de-AT`."""
    if tag.split("-", maxsplit=1)[0] not in LANGUAGES:
        raise ValueError(f"{tag!r} does not begin with a language of ISO 639-1, such as en or de-AT")
    return tag


def known_model(name: str) -> str:
    """Raises ValueError. Whether its library and its key are there is the worker's to find out."""
    provider, _, model = name.partition(":")
    if name == BUILTIN_MODEL:
        return name
    if not model.strip() or not _is_provider(provider):
        raise ValueError(f"{name!r} is neither `builtin` nor provider:name with a provider such as anthropic or openai")
    return name


def _is_provider(name: str) -> bool:
    # At its first use: most processes never need this library for that.
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.providers import infer_provider_class

    try:
        infer_provider_class(name)
    except ImportError:  # known, and its own library is not installed here
        return True
    except (UserError, ValueError):
        return False
    return True
