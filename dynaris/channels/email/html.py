"""HTML of mails: sanitised for people's screens, and rendered as text in which quotes are marked with `>`."""

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import nh3

from dynaris.channels.email.characters import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

# Sanitisers and parsers take quadratic time on nesting and on attributes, so both are bounded.
HTML_LIMIT = 300_000
_TAGS_LIMIT = 10_000
_ATTRIBUTES_LIMIT = 2_000

_EMBEDDED = re.compile(r"data:[\w/+.;=-]{0,100},[^\s\"'<>()]{2000,}")
_SOURCE = re.compile(r"(<img\b[^<>]{0,4000}?\s)src(\s{0,20}=)", re.IGNORECASE)
# The sanitiser's parser panics on some of these ('content="text/html; charset"'), and none is ever kept.
_META = re.compile(r"<meta\b", re.IGNORECASE)
_NESTABLE = re.compile(r"<(?!(?:p|br|img|td|tr|th|li|hr|dd|dt)\b)[a-zA-Z]", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{4000,}")
_ANY_TAG = re.compile(r"<[^<>]{0,10000}>")
_WHITE = re.compile(r"[ \t\n\r\f]+")
_IMAGE_SCHEMES = (
    "http://",
    "https://",
    "cid:",
    "data:image/png",
    "data:image/jpeg",
    "data:image/gif",
    "data:image/webp",
)

_TAGS = set(
    re.findall(
        r"\w+",
        """a abbr address article aside b bdo blockquote br caption center cite code col colgroup dd del details dfn div
        dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp
        section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr""",
    )
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"data-src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign", "width"},
    "th": {"colspan", "rowspan", "align", "valign", "width"},
    "table": {"width", "align", "border", "cellpadding", "cellspacing"},
    "font": {"color", "size"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
_WITHOUT_CONTENT = {
    "script",
    "style",
    "title",
    "head",
    "template",
    "noscript",
    "iframe",
    "object",
    "select",
    "textarea",
}


def sanitise(html: str) -> str | None:
    """No scripts, styles, forms or classes; images keep their address as `data-src`, so that none is loaded.

    `None` when the HTML is too large or too tangled to be worth the work.
    """
    html = _EMBEDDED.sub("", clean(html))
    if is_excessive(html):
        return None
    try:
        return nh3.clean(
            _META.sub("<x-meta", _SOURCE.sub(r"\1data-src\2", html)),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            clean_content_tags=_WITHOUT_CONTENT - {"head", "title"},
            attribute_filter=_keep_attribute,
            url_schemes={"http", "https", "mailto", "tel"},
            url_relative="deny",  # on the page that shows the mail it would lead to an address of ours
            link_rel="noopener noreferrer nofollow",
        ).strip()
    except BaseException as error:
        # A panic of the sanitiser is no `Exception`: it would end the worker that reads the mail.
        if type(error).__name__ == "PanicException":
            return None
        raise


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "data-src"):
        return value if value.strip().lower().startswith(_IMAGE_SCHEMES) else None
    return value


def is_excessive(html: str) -> bool:
    if len(html) > HTML_LIMIT:
        return True
    if html.count("<") > _TAGS_LIMIT and sum(1 for _ in _NESTABLE.finditer(html)) > _TAGS_LIMIT:
        return True
    return any(
        len(tag[0].split()) > _ATTRIBUTES_LIMIT or tag[0].count("/") > _ATTRIBUTES_LIMIT
        for tag in _LONG_TAG.finditer(html)
    )


def as_html(text: str) -> str:
    """Plain text beside HTML parts."""
    return f"<pre>{escape(text)}</pre>"


def to_text(html: str) -> str:
    """Readable text; lines of quoted mails begin with `> ` and a mailer's separators become words."""
    html = _EMBEDDED.sub("", clean(html))[: 4 * HTML_LIMIT]
    text = "" if is_excessive(html) else _rendered(html)
    if not text.strip():
        text = unescape(_ANY_TAG.sub(" ", html))
    return clean(text)


def _rendered(html: str) -> str:
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # 5 MB of memory, and only mails without a text part need it

    parser: Any = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = etree.fromstring(html.encode("utf-8", errors="replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    return _Renderer().render(tree) if tree is not None else ""


_SKIPPED = {"script", "style", "head", "title", "template", "noscript", "select", "textarea", "button", "object"}
_BLOCKS = set(
    re.findall(
        r"\w+",
        """address article aside blockquote body center dd details dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
        header html li main ol p pre section table tbody tfoot thead tr ul div hr""",
    )
)
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
_QUOTE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|cite)\b"
)
_ATTRIBUTION_CLASS = re.compile(r"\b(?:gmail_attr|moz-cite-prefix|quote_header|zmail_extra_hr|reply-intro)\b")
_OLDER_BELOW = re.compile(
    r"\b(?:x_)?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|"
    r"ms-outlook-mobile-reference-message|yahoo_quoted|protonmail_quote)"
)
_OUTLOOK_BORDER = re.compile(r"border-top:\s?solid\s#(?:b5c4df|e1e1e1)\s1(?:\.0)?pt", re.IGNORECASE)
_HIDDEN = re.compile(r"display:\s?none|mso-hide:\s?all", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?:\s?0", re.IGNORECASE)
_DEEPEST_QUOTE = 20  # marks before a line: each costs its line, and nobody counts so many
OLDER_MAIL = "-----Original Message-----"


class _Renderer:
    """Walks the tree without recursion and keeps the text line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.verbatim = 0
        self.older = False

    def render(self, root: Any) -> str:
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            element, done = stack.pop()
            if done:
                self._leave(element)
                self._text(element.tail)
            elif not isinstance(element.tag, str) or element.tag in _SKIPPED or _is_hidden(element):
                self._text(element.tail)
            else:
                stack.append((element, True))
                self._enter(element)
                self._text(element.text)
                stack.extend((child, False) for child in reversed(element))
        self._break()
        return "\n".join(self.lines).strip("\n")

    def _enter(self, element: Any) -> None:
        tag = element.tag
        if tag == "br":
            self._break(always=True)
        elif tag in _BLOCKS:
            self._break(blank=tag in _SPACED and not _is_tight(element))
        elif tag in ("td", "th") and self.line:
            self.line.append("  ")
        if tag == "li":
            self.line.append("- ")
        if _starts_older(element) and not (self.older or self.quotes):
            self.older = True
            self._break()
            self.lines += ["", OLDER_MAIL]
        self.quotes += _quotes(element)
        self.verbatim += tag == "pre"

    def _leave(self, element: Any) -> None:
        if element.tag in _BLOCKS:
            is_tight = _is_tight(element)
            is_blank = is_tight and element.tag == "p" and not self.line  # how Word writes an empty line
            self._break(always=is_blank, blank=element.tag in _SPACED and not is_tight)
        elif _quotes(element):
            self._break()
        self.quotes -= _quotes(element)
        self.verbatim -= element.tag == "pre"

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self.verbatim:
            first, *others = text.split("\n")
            self.line.append(first)
            for other in others:
                self._break(always=True)
                self.line.append(other)
            return
        text = _WHITE.sub(" ", text.replace("\xa0", " "))
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)

    def _break(self, *, always: bool = False, blank: bool = False) -> None:
        """Ends the line; with `blank` an empty line follows, never two."""
        line = "".join(self.line).rstrip()
        self.line = []
        prefix = "> " * min(self.quotes, _DEEPEST_QUOTE)
        if line or always:
            self.lines.append((prefix + line).rstrip())
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(prefix.rstrip())


def _attributes(element: Any) -> "Iterator[str]":
    return (str(element.get(name) or "") for name in ("class", "id"))


def _quotes(element: Any) -> int:
    """1 when everything inside the element is quoted."""
    if element.tag == "blockquote":
        style = element.get("style") or ""
        cited = element.get("type") == "cite" or element.get("cite") is not None
        return int(cited or "border-left" in style or bool(_QUOTE_CLASS.search(element.get("class") or "")))
    if _ATTRIBUTION_CLASS.search(element.get("class") or ""):
        return int(not "".join(element.itertext()).lstrip().startswith("-"))  # dashes announce a forwarded mail
    return 0


def _starts_older(element: Any) -> bool:
    """Where Outlook, Yahoo and Proton put the older mail: this element and all that follows it."""
    if element.tag not in ("div", "span", "hr", "p"):
        return False
    if any(_OLDER_BELOW.search(value) for value in _attributes(element)):
        return True
    return _OUTLOOK_BORDER.search(element.get("style") or "") is not None


def _is_hidden(element: Any) -> bool:
    return _HIDDEN.search(element.get("style") or "") is not None


def _is_tight(element: Any) -> bool:
    style, classes = element.get("style") or "", element.get("class") or ""
    return "MsoNormal" in classes or _NO_MARGIN.search(style) is not None
