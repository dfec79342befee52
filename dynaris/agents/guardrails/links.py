"""What in a text leads out of it: web addresses however they are written, images, markup, dangerous schemes.

A mail client or a chat makes a link of more than `https://…`: bare names are linked, too, and people follow what is
spelled out ("clinic dot com"). So all of these count. What cannot be said to lead to one host counts as leading
nowhere good: its host is empty.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from dynaris.agents.guardrails.details import unlettered
from dynaris.core.unseen import seen

# Under which names are bought most, and the countries'; what else has two dots and a slash is found by its path.
_ENDINGS = (
    "com|net|org|info|biz|io|co|app|dev|ai|me|tv|cc|ly|to|gg|xyz|top|site|online|shop|store|club|live|link|click|page|"
    "pages|web|website|cloud|host|space|fun|icu|vip|win|zip|mov|work|world|today|news|blog|email|support|help|pro|mobi|"
    "name|agency|health|clinic|care|bank|finance|financial|money|loan|loans|cash|credit|market|trade|trading|exchange|"
    "insurance|tax|claims|bond|fund|photography|photos|studio|design|digital|media|group|ltd|llc|inc|company|business|"
    "services|solutions|systems|network|software|tech|center|dental|doctor|hospital|medical|physio|fitness|yoga|best|"
    "buzz|bid|win|review|stream|download|rest|monster|quest|sbs|cfd|cyou|lol|ninja|guru|rocks|expert|academy|school|"
    "education|university|events|travel|hotel|haus|immo|berlin|hamburg|wien|paris|london|nyc|tokyo|gmbh|asia|africa|"
    "video|chat|social|foundation|legal|law|lawyer|delivery|express|international|sale|deals|discount|gift|gifts|codes|"
    "рф|рус|онлайн|сайт|москва|中国|中國|公司|网络|网址|集团|コム|みんな|한국|भारत|"
    "eu|de|at|ch|fr|es|it|nl|be|uk|us|ca|pl|cz|se|no|dk|fi|pt|ie|gr|hu|ro|bg|ru|ua|tr|"
    "cn|jp|kr|in|br|mx|ar|cl|au|nz|za|tk|ml|ga|cf|gq|pw|su|ws|la|sh|st|is|li|lt|lv|ee|sk|si|hr|rs|id|vn|th|sg|hk|tw|"
    "onion|i2p|test|local|internal"
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOT = r"(?:\.|\s?[\[({<]\s?(?:\.|dot|punkt|punto|point)\s?[\])}>]\s?|[\s,]{1,5}dot[\s,]{1,5})"
_REST = r"(?:[/?#:][^\s<>\"'`|]*)?"
# A scheme with slashes of either kind, or none; http as it is disguised ("hxxp", "h**ps", "http s").
_SCHEMED = re.compile(
    r"(?<![\w])(?:h(?:tt|xx|\*\*|\.\.|__|[t\W]{2})p\s?s?|ftps?|wss?|gopher|file|smb)\s*(?::|\[:\]|\(:\)|%3a)\s*"
    r"[/\\]{0,6}\s?[^\s<>\"'`|]*",
    re.IGNORECASE,
)
_SLASHES = re.compile(r"(?<![\w:/\\])[/\\]{2}[\w.-]+\.[^\s<>\"'`|]+")
_BARE = re.compile(
    rf"(?<![\w@.-])(?:(?:{_LABEL}\.){{1,8}}(?:(?:{_ENDINGS})(?![\w-]|\.\w)|[a-z]{{2,24}}(?=/\w))"
    rf"|www\.(?:{_LABEL}\.){{1,6}}[a-z]{{2,24}}(?![\w-]|\.\w)){_REST}",
    re.IGNORECASE,
)
_SPELLED = re.compile(rf"(?<![\w@.-])(?:{_LABEL}{_DOT}){{1,6}}(?:{_ENDINGS})(?![\w-]|\.\w)", re.IGNORECASE)
# Words that prose has, too, where only the best known endings follow: "al punto de salida" is no name.
_SAID = re.compile(
    rf"(?<![\w@.-])(?:{_LABEL}[\s,]{{1,5}}(?:punkt|punto|ponto|point|period|full\sstop)[\s,]{{1,5}}){{1,6}}"
    r"(?:com|net|org|info|biz|xyz|eu|io|app|fr|(?<=punkt[ ,])(?:de|at|ch))(?![\w-])",
    re.IGNORECASE,
)
_COMMON = re.compile(r"\b(?:punkt|punto|ponto|point|period|full\sstop)[\s,]", re.IGNORECASE)
_JOINED = re.compile(r"(?<=\w)[_-](dot|punkt|punto|ponto|point|period|stop)[_-](?=\w)", re.IGNORECASE)
_ENDING_SAID = re.compile(r"(?<=\w)[\s,]{0,3}(dot|punkt|punto|ponto|point)(com|net|org|info)\b", re.IGNORECASE)
_SPACED = re.compile(
    rf"(?<![\w@.-])(?:{_LABEL}\s\.\s?|{_LABEL}\s?\.\s)(?:com|net|org|info|io|co\.uk|de|xyz|ru|cn)(?![\w-])"
)
_NUMBERS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?(?=/)[^\s<>\"'`|]*")
_IMAGE = re.compile(r"!\[(?:[^\]!]|!(?!\[))*\]\s*[(\[]")  # the innermost of several that begin
_TARGET = re.compile(r"\]\s*\(\s*<?([^)\s>]*)")  # of a link as markdown writes it
_DEFINED = re.compile(r"^\s{0,3}\[[^\]\n]+\]:\s*<?(\S+)", re.MULTILINE)
_MARKUP = re.compile(
    r"<\s{0,5}/?\s{0,5}(?:a|img|image|svg|iframe|frame|object|embed|video|audio|source|link|meta|script|style|base|form|input|"
    r"button|body|html|table|td|div|span|area|map|math|template|portal)\b[^<>]{0,500}>?",
    re.IGNORECASE,
)
_SCHEMES = re.compile(
    r"(?<!\w)(?:data|javascript|vbscript|blob|view-source|ms-\w+|intent|itms-\w+|sms|smsto|facetime|skype|magnet|geo|"
    r"callto|xmpp|bitcoin|ethereum)\s*:\s*\S+|mailto:[^\s?]{0,200}\?\S+",
    re.IGNORECASE,
)
_APPS = re.compile(r"(?<!\w)(?!https?:)[a-z][a-z0-9+.-]{1,20}://\S+", re.IGNORECASE)
_DATA_LIKE = re.compile(r"data\s*:\s*(?:\w+/[\w.+-]+|;|,)", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+%-])(?:mailto:)?[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}", re.IGNORECASE)
_SENTENCES = re.compile(r"[\w-]+\.[A-ZÄÖÜ][a-zäöü]+")  # without a space between: "today.At"
_HINT = re.compile(
    r"[.:<\]@/\\。｡．·・•]|,(?:com|net|org|de)\b|(?:\b|_)(?:dot|punkt|punto|ponto|point|period|stop)(?:\b|_)"
    r"|(?:dot|punkt|punto|ponto|point)(?:com|net|org|info)\b|%2e|&#|&period",
    re.IGNORECASE,
)
_DOTS = str.maketrans("。｡․‧﹒·・•", "........")
_BROKEN = re.compile(
    r"(?<=\w)[ \t]*\n[ \t]*(?=\.\w)|(?<=\w),(?=(?:com|net|org|de)\b)"
)  # before the dot, or a comma as one
_LEADS_ON = re.compile(
    rf"//|[;@]|%(?:2f|3a|40|5c|3f|23)|\.\.|/(?:{_LABEL}\.){{1,8}}(?:{_ENDINGS})(?:/|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    written: str
    host: str  # "" where there is none that could be allowed
    plain: bool  # nothing after the host but a path, with no other address in it: it carries nothing away, nor on

    @property
    def url(self) -> str:
        return self.written.rstrip("/").casefold()


def links_in(text: str) -> list[Link]:
    """In the order of kinds, each once."""
    if not _HINT.search(text):
        return []
    text = html.unescape(unicodedata.normalize("NFKC", seen(text))).translate(_DOTS)
    text = _ENDING_SAID.sub(r" \1 \2", unlettered(text))
    text = _JOINED.sub(r" \1 ", text)
    text = _BROKEN.sub(lambda found: "." if found[0] == "," else "", text)
    return list({link.written: link for link in _found(text)}.values())


def _found(text: str) -> Iterator[Link]:
    for pattern in (_IMAGE, _MARKUP):
        yield from (_nowhere(found[0]) for found in pattern.finditer(text))
    yield from (
        _nowhere(found[0])
        for found in _SCHEMES.finditer(text)
        if not found[0].lower().startswith("data") or _DATA_LIKE.match(found[0])
    )
    if "://" in text:
        yield from (_nowhere(found[0]) for found in _APPS.finditer(text))
    for pattern in (_TARGET, _DEFINED):
        yield from (_web(found[1]) for found in pattern.finditer(text) if not _EMAIL.fullmatch(found[1]))
    for pattern in (_SCHEMED, _SLASHES, _NUMBERS):
        yield from (_web(found[0]) for found in pattern.finditer(text))
    left = _EMAIL.sub(" ", _SCHEMED.sub(" ", text))
    yield from (_web(found[0]) for found in _BARE.finditer(left) if not _SENTENCES.fullmatch(found[0]))
    left = _BARE.sub(" ", left)
    said = (_SAID,) if _COMMON.search(left) else ()
    for pattern in (_SPELLED, *said, _SPACED):
        yield from (_nowhere(found[0]) for found in pattern.finditer(left))


def _nowhere(written: str) -> Link:
    return Link(written.strip()[:200], "", plain=False)


def _web(written: str) -> Link:
    """As a browser reads it: backslashes are slashes, what stands before an @ is no host."""
    written = written.strip().rstrip(".,;:!?)]}*_'\"»”")
    address = written.replace("\\", "/")
    if not re.match(r"https?://[^/]", address, re.IGNORECASE):
        if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", address, re.IGNORECASE):
            return _nowhere(written)
        address = f"https://{address.lstrip('/')}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
        odd_port = parts.port not in (None, 80, 443)
    except ValueError:
        return _nowhere(written)
    if parts.username is not None or "%" in host or odd_port or not host:
        return _nowhere(written)
    plain = not (parts.query or parts.fragment or _LEADS_ON.search(parts.path))
    return Link(written[:500], _ascii(host), plain=plain)


def _ascii(host: str) -> str:
    """Names in other scripts as the network knows them; one that it cannot know is none."""
    host = host.casefold()
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def host_of(address: str) -> str | None:
    """Of an address or a bare name that somebody set."""
    link = _web(address)
    return link.host or None


def belongs(host: str, allowed: str) -> bool:
    """The very host, or one under it."""
    return bool(allowed) and (host == allowed or host.endswith(f".{allowed}"))
