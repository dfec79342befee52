"""What a proposal for everybody may not keep of one person: addresses, numbers, names, greetings and signatures."""

import re
from collections.abc import Iterable

from dynaris.core.unseen import seen

_EMAIL = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}(?: ?[A-Z0-9]{1,3})?\b|(?<![\w.,])(?:\+|\(?0|\d)[\d ()/.-]{5,}\d(?![\w])"
)
_CALLED = re.compile(
    r"\b((?i:my name is|i am called|i'm called|ich heiße|ich heisse|mein name ist|hier ist|me llamo|mi nombre es|"
    r"je m['’]appelle|mon nom est))((?:\s+[A-ZÄÖÜÉÈÁÍÓÚÑ][\w'’-]+){1,4})"
)
_TITLED = re.compile(
    r"\b(Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Señora?|Sra?|Monsieur|Madame|M|Mme)\.?\s+[A-ZÄÖÜÉÈÁÍÓÚÑ][\w'’-]+"
    r"(?:\s+[A-ZÄÖÜÉÈÁÍÓÚÑ][\w'’-]+)?"
)
_GREETING = re.compile(
    r"\A\s*(?:hi|hello|dear|good (?:morning|day|evening)|hallo|guten (?:tag|morgen|abend)|sehr geehrter?|liebe[rs]?|"
    r"hola|buen[oa]s? \w+|estimad[oa]|bonjour|cher|chère)\b[^\n.!?]{0,80}[,!.:]?\s*\n+",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\n[^\S\n]*(?:(?:kind|best|warm)? ?regards|sincerely|yours|best wishes|thanks|thank you|cheers|"
    r"(?:mit )?(?:freundlichen|besten|lieben|viele|herzliche) ?grüßen?|viele grüße|liebe grüße|mfg|"
    r"(?:un )?(?:cordial )?saludos?|atentamente|cordialement|bien à vous)\b.*\Z",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 4000


def masked(text: str, names: Iterable[str] = ()) -> str:
    """`names`: of the contact and of whoever answered; each of their words counts."""
    text = _FAREWELL.sub("", _GREETING.sub("", seen(text).strip()))
    text = _LINK.sub("[link]", _EMAIL.sub("[address]", text))
    text = _NUMBER.sub(lambda found: "[number]" if sum(map(str.isdigit, found[0])) > 6 else found[0], text)
    text = _TITLED.sub("[name]", _CALLED.sub(lambda found: f"{found[1]} [name]", text))
    for word in {word for name in names for word in re.findall(r"[^\W\d_][\w'’-]{2,}", name)}:
        text = re.sub(rf"\b{re.escape(word)}\b", "[name]", text, flags=re.IGNORECASE)
    return re.sub(r"[ \t]+", " ", text).strip()[:_LONGEST]
