"""The signature under letters: what a workspace wrote, with the business's own facts put in."""

import re
from collections.abc import Mapping
from typing import Any

from dynaris.core.addresses import Addresses

# What may stand in braces, and where it comes from.
PLACEHOLDERS = {
    "business": "the workspace's name",
    "legal_name": "the profile's legal name",
    "agent": "the name that agents write under, from the profile; the business's where it has none",
    "phone": "the profile's telephone number",
    "email": "the profile's address",
    "website": "the profile's web site",
    "address": "the profile's postal address",
    "app": "the address of Dynaris itself",
    "docs": "the address of its documentation",
}
# Where a profile has a way to reach the business and no signature was written.
DERIVED = "{business}\n{phone}\n{website}\n{address}"
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


def unknown_placeholder(signature: str) -> str | None:
    return next((name for name in _PLACEHOLDER.findall(signature) if name not in PLACEHOLDERS), None)


def reaches(profile: Mapping[str, Any]) -> bool:
    """Whether a signature can be made from the profile alone."""
    return any(profile.get(key) for key in ("phone", "website", "postal_address"))


def signature_facts(business: str, profile: Mapping[str, Any], addresses: Addresses) -> dict[str, str | None]:
    return {
        "business": business,
        "legal_name": profile.get("legal_name"),
        "agent": profile.get("agent_name") or business,
        "phone": profile.get("phone"),
        "email": profile.get("email"),
        "website": profile.get("website"),
        "address": profile.get("postal_address"),
        "app": addresses.app,
        "docs": addresses.docs,
    }


def rendered(signature: str | None, facts: Mapping[str, Any]) -> str:
    """A line that names a fact which the business has not given is left out. `""` is no signature."""
    lines = (DERIVED if signature is None else signature).split("\n")
    kept = (line for line in lines if all(facts.get(name, True) for name in _PLACEHOLDER.findall(line)))
    return "\n".join(_PLACEHOLDER.sub(lambda found: str(facts.get(found[1], found[0])), line) for line in kept).strip()
