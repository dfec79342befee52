"""Connections to hosts that a tenant or a stranger named: made to the very address that was checked, or not at all.

Names are looked up here, and the socket is opened to one of the addresses that were found fit, so a name that leads
elsewhere the next time, a redirect, or an odd way to write an address gains nothing. What the operator sets (the
product's SMTP server, the database, the place of files) is trusted and does not pass here.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from dynaris.core.networks import Network, networks_of
from dynaris.core.settings import Settings

Address = IPv4Address | IPv6Address
Found = list[tuple[Any, ...]]  # as socket.getaddrinfo gives it
Lookup = Callable[[str, int], Found]

# IANA's special-purpose registry, and the address at which one cloud serves secrets to its machines.
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
# Teredo, 6to4 and the other protocols' own ranges carry an IPv4 address that somebody else chose.
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELLED = (0x00005EFE, 0x02005EFE)  # ISATAP: the lower half of such an address is an IPv4 address
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_MOST_ADDRESSES = 8  # of a name are tried: whoever calls waits for each that does not answer
_LOCAL_NAMES = ("localhost", "localdomain", "localhost6")

# Of their own, so that names whose servers never answer hold up nothing else.
_LOOKUPS = ThreadPoolExecutor(16, thread_name_prefix="lookup")


class AddressRefused(OSError):
    """Nothing was sent. The words are the same for a name that does not exist and one that leads to a private
    address, so that nobody learns from them which internal names there are."""


class Outbound:
    """`networks` may be called although they are not public."""

    def __init__(self, networks: Iterable[Network] = (), *, lookup: Lookup | None = None) -> None:
        self._networks = tuple(networks)
        self._lookup = lookup or _system_lookup

    @classmethod
    def of(cls, settings: Settings) -> "Outbound":
        return cls(networks_of(settings.private_networks or ""))

    def permits(self, address: str) -> bool:
        try:
            wanted = ip_address(address)
        except ValueError:
            return False
        meant = _meant(wanted)
        return any(one in network for one in {wanted, meant} for network in self._networks) or is_public(meant)

    def fault_of_host(self, host: str) -> str | None:
        """What can be said without a look-up, for where a host is set."""
        name = host.lower().removeprefix("[").removesuffix("]").rstrip(".")
        if "%" in name:
            return f"the host {host[:100]!r} has a zone or percent signs; a plain name or address is expected"
        literal = _literal(name)
        if literal is None and _NUMERIC.fullmatch(name.rpartition(".")[2]):
            return f"the host {host[:100]!r} is no address as 192.0.2.1 or 2001:db8::1, nor a name"
        if literal is not None and not self.permits(str(literal)):
            return f"{literal} is no public address, and private networks are not called from here"
        if literal is None and name.rpartition(".")[2] in _LOCAL_NAMES and not self.permits("127.0.0.1"):
            return f"the host {host[:100]!r} is this machine itself, which is not called from here"
        return None

    def http_connector(self, *, limit: int) -> aiohttp.TCPConnector:
        """For a session of aiohttp: holds for literals, redirects and every new connection of its pool."""
        return aiohttp.TCPConnector(
            limit=limit, resolver=_Resolver(self.addresses), socket_factory=self._checked_socket, ttl_dns_cache=10
        )

    async def addresses(self, host: str, port: int) -> Found:
        """Those of the host that may be called, at least one. Raises `AddressRefused`."""
        loop = asyncio.get_running_loop()
        return self._fit(host, await loop.run_in_executor(_LOOKUPS, _looked_up, self._lookup, host, port))

    async def connected(self, host: str, port: int) -> socket.socket:
        """Not blocking. Raises `AddressRefused`, or OSError as the last address gave it; the caller bounds the time."""
        loop = asyncio.get_running_loop()
        last: OSError | None = None
        for info in await self.addresses(host, port):
            opened = self._checked_socket(info)
            try:
                opened.setblocking(False)
                await loop.sock_connect(opened, info[4])
                return opened
            except BaseException as error:
                opened.close()
                if not isinstance(error, OSError):
                    raise
                last = error
        raise last or _refused(host)

    def connected_in_thread(self, host: str, port: int, *, timeout: float) -> socket.socket:
        """The same for code that blocks; `timeout` is for each address, and stays on the socket."""
        last: OSError | None = None
        for info in self._fit(host, _looked_up(self._lookup, host, port)):
            opened = self._checked_socket(info)
            try:
                opened.settimeout(timeout)
                opened.connect(info[4])
                return opened
            except OSError as error:
                opened.close()
                last = error
        raise last or _refused(host)

    def _fit(self, host: str, found: Found) -> Found:
        """A look-up that failed found nothing."""
        if fault := self.fault_of_host(host):
            raise AddressRefused(fault)
        if fit := [info for info in found if self.permits(info[4][0])]:
            return fit[:_MOST_ADDRESSES]
        raise _refused(host)

    def _checked_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The last look, at the very address that the connection is opened to."""
        if not self.permits(info[4][0]):
            raise _refused(str(info[4][0]))
        return socket.socket(info[0], info[1], info[2])


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """An address that anyone in the Internet may call, however an IPv4 address is wrapped in it."""
    address = _meant(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id or address not in _PUBLIC_6 or any(address in network for network in _NOT_PUBLIC_6):
        return False
    low = int(address) & 0xFFFF_FFFF_FFFF_FFFF
    return low >> 32 not in _TUNNELLED or is_public(IPv4Address(low & 0xFFFF_FFFF))


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps, for this machine or a translator in its network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _literal(name: str) -> Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _refused(host: str) -> AddressRefused:
    return AddressRefused(f"no public address is known for {host[:253]}")


def _system_lookup(host: str, port: int) -> Found:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _looked_up(lookup: Lookup, host: str, port: int) -> Found:
    try:
        return lookup(host, port)
    except (OSError, UnicodeError):
        return []


class _Resolver(AbstractResolver):
    """aiohttp's way to look names up."""

    def __init__(self, addresses: Callable[[str, int], Awaitable[Found]]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=info[4][0], port=port, family=info[0], proto=info[2], flags=0)
            for info in await self._addresses(host, port)
            if family in (info[0], socket.AF_UNSPEC)
        ]

    async def close(self) -> None:
        """Nothing is kept."""
