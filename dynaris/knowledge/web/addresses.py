"""Addresses of web pages: written in one way, so that a page is one document, and kept to the site that was named."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from dynaris.core.errors import InvalidInput

LONGEST = 2000
_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~-._"
_TRACKING = re.compile(r"(?:utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|phpsessid|jsessionid|sid|sessionid)", re.I)
_NO_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|mjs|woff2?|ttf|eot|mp[34]|avi|mov|webm|zip|gz|tar|rar|7z|exe|dmg|apk|iso|"
    r"docx?|xlsx?|pptx?|rss|atom|ics)$",
    re.I,
)


def plain(url: str, base: str | None = None) -> str | None:
    """The address without fragment, default port and marks of visitors; None where it leads to no page."""
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or parts.username is not None or parts.password is not None:
        return None
    place = f"[{host}]" if ":" in host else host
    if port and port != _PORTS[scheme]:
        place += f":{port}"
    path = _without_dots(quote(unquote(parts.path, errors="surrogateescape"), safe=_SAFE, errors="surrogateescape"))
    query = "&".join(each for each in parts.query.split("&") if each and not _TRACKING.fullmatch(each.split("=")[0]))
    found = urlunsplit((scheme, place, path or "/", quote(query, safe=_SAFE + "?"), ""))
    return found if len(found) <= LONGEST else None


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1] if len(kept) > 1 else kept
        elif part != ".":
            kept.append(part)
    return re.sub(r"/{2,}", "/", "/".join(kept))


def checked(url: str) -> str:
    """Raises `InvalidInput`."""
    found = plain(url)
    if found is None:
        raise InvalidInput(f"expected an address like https://example.com/help, got {url[:200]!r}")
    return found


def host_of(url: str) -> str:
    """With its port, without `www.`: both are one site."""
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www.")


def may_be_page(url: str) -> bool:
    return not _NO_PAGES.search(urlsplit(url).path)


def robots_address(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
