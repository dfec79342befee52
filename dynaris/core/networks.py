"""Networks as settings name them."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_LOOPBACK = ("127.0.0.0/8", "::1/128")


def networks_of(text: str) -> tuple[Network, ...]:
    """`10.1.0.0/16, 192.168.7.1, loopback`: the last word is this machine. Raises ValueError."""
    named = [one.strip() for one in text.split(",") if one.strip()]
    written = [each for one in named for each in (_LOOPBACK if one.lower() == "loopback" else (one,))]
    return tuple(ip_network(one) for one in written)


def is_in(networks: Iterable[Network], host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
