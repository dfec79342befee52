"""What the owner of a domain published there as TXT records."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_SECONDS = 4.0


async def texts_of(domain: str) -> tuple[frozenset[str], str]:
    """The texts, and in words what was found."""
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer

    try:
        answer = await resolver().resolve(domain, "TXT")
    except (NXDOMAIN, NoAnswer):
        return frozenset(), f"{domain} has no TXT record yet; a new one may take an hour to be seen"
    except (DNSException, OSError, ValueError) as error:
        return frozenset(), f"the DNS of {domain} did not answer ({type(error).__name__}); try again"
    texts = frozenset(b"".join(row.strings).decode("ascii", "replace").strip() for row in answer)
    return texts, f"{domain} has {len(texts)} TXT records, this one is not among them"


def resolver() -> "Resolver":
    from dns.asyncresolver import Resolver

    made = Resolver()
    made.lifetime = made.timeout = _SECONDS
    return made
