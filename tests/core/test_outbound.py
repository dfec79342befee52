"""What a tenant or a stranger names is called at the address that was checked, and nowhere private."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from dynaris.core.networks import networks_of
from dynaris.core.outbound import AddressRefused, Outbound, is_public
from dynaris.core.settings import Settings

# 127.0.0.2 stands for a public address here, 127.0.0.1 for what must not be called.
PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"

NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9
224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2001:10::1 2002:7f00:1::1 2002:a00:1:: 2002:808:808::1 3fff::1
5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2606:4700::5efe:10.0.0.1
2606:4700::200:5efe:127.0.0.1 4000::1
""".split()  # noqa: SIM905 - a list is read more easily as one

ODD_HOSTS = """
2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.1 127.0.1 0 0x 00000 1.2.3.4.5 127.0.0.01
256.256.256.256 [::1] [::ffff:127.0.0.1] [fe80::1%25eth0] [fe80::1%eth0] localhost LOCALHOST. foo.localhost
a.b.localhost. localhost.localdomain 127.0.0.1. 10.0.0.1 127%2e0%2e0%2e1
""".split()  # noqa: SIM905 - a list is read more easily as one


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_private_address_is_called_however_it_is_wrapped(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not Outbound().permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_called(address: str) -> None:
    assert Outbound().permits(address)


def test_an_address_that_wraps_a_public_one_is_called() -> None:
    assert Outbound().permits("::ffff:8.8.8.8")
    assert not Outbound().permits("no address")


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_odd_ways_to_write_a_host_are_refused_where_it_is_set(host: str) -> None:
    assert Outbound().fault_of_host(host)


@pytest.mark.parametrize("host", ["example.com", "example.com.", "xn--bcher-kva.example", "8.8.8.8", "[2606:4700::1]"])
def test_ordinary_hosts_are_not_refused(host: str) -> None:
    assert Outbound().fault_of_host(host) is None


def test_what_the_operator_allows_is_called_and_nothing_beside_it() -> None:
    outbound = Outbound.of(Settings(private_networks=" 10.1.0.0/16, loopback,192.168.7.1 "))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1", "::1", "192.168.7.1"):
        assert outbound.permits(address)
    for address in ("10.2.0.1", "192.168.7.2", "169.254.169.254", "::ffff:10.2.0.1"):
        assert not outbound.permits(address)
    assert outbound.fault_of_host("localhost") is None
    with pytest.raises(ValidationError, match="private_networks"):
        Settings(private_networks="10.1.2.3/16")


class Names:
    """A name server of our own: each look-up of a name gets its next answer, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): waiting for name, waiting in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        waiting = self.answers[host]
        addresses = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [info for address in addresses for info in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)]


class Sites:
    """The same port on both addresses."""

    def __init__(self) -> None:
        self.port = 0
        self.got: list[tuple[str, str]] = []
        self.redirect_to = ""


@pytest.fixture
async def sites() -> AsyncIterator[Sites]:
    kept = Sites()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        kept.got.append((request.transport.get_extra_info("sockname")[0], request.path))
        if request.path == "/redirect":
            raise web.HTTPFound(kept.redirect_to)
        return web.Response(text="hello")

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, PRIVATE, 0).start()
    kept.port = runner.addresses[0][1]
    await web.TCPSite(runner, PUBLIC, kept.port).start()
    yield kept
    await runner.cleanup()


def guarded(names: Names) -> Outbound:
    return Outbound(networks_of(f"{PUBLIC}/32"), lookup=names)


async def fetched(outbound: Outbound, *urls: str) -> list[str]:
    """The answers in order, over one session, each on a connection of its own."""
    found = []
    async with aiohttp.ClientSession(connector=outbound.http_connector(limit=2)) as session:
        for url in urls:
            try:
                async with session.get(url, headers={"connection": "close"}) as response:
                    found.append(await response.text())
            except aiohttp.ClientConnectorError as error:
                found.append(type(error.os_error).__name__)
            session.connector.clear_dns_cache()  # type: ignore[union-attr]
    return found


async def test_a_name_that_moves_to_a_private_address_is_no_longer_called(sites: Sites) -> None:
    names = Names(shop_example=[[PUBLIC], [PRIVATE]])
    url = f"http://shop.example:{sites.port}/"
    assert await fetched(guarded(names), url, url) == ["hello", "AddressRefused"]
    assert [address for address, _ in sites.got] == [PUBLIC]


async def test_each_connection_asks_once_so_nothing_lies_between_the_check_and_the_call(sites: Sites) -> None:
    names = Names(shop_example=[[PUBLIC], [PRIVATE]])
    connected = await guarded(names).connected("shop.example", sites.port)
    assert connected.getpeername()[0] == PUBLIC
    connected.close()
    assert names.asked == ["shop.example"]
    with pytest.raises(AddressRefused):
        await guarded(names).connected("shop.example", sites.port)


async def test_of_several_addresses_only_the_public_ones_are_called(sites: Sites) -> None:
    names = Names(mixed_example=[[PRIVATE, PUBLIC]], inside_example=[[PRIVATE, "10.0.0.1", "::1"]])
    urls = [f"http://{name}:{sites.port}/" for name in ("mixed.example", "inside.example")]
    assert await fetched(guarded(names), *urls) == ["hello", "AddressRefused"]
    assert [address for address, _ in sites.got] == [PUBLIC]


async def test_a_name_with_very_many_addresses_holds_nobody_up() -> None:
    """Each that does not answer may take its whole time."""
    names = Names(many_example=[[f"127.0.0.{number}" for number in range(2, 250)]])
    outbound = Outbound(networks_of("loopback"), lookup=names)
    assert len(await outbound.addresses("many.example", 25)) == 8


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/secret", "http://inside.example:{port}/secret"])
async def test_a_redirect_to_a_private_address_is_not_followed(sites: Sites, target: str) -> None:
    names = Names(shop_example=[[PUBLIC]], inside_example=[[PRIVATE]])
    sites.redirect_to = target.format(port=sites.port)
    assert await fetched(guarded(names), f"http://shop.example:{sites.port}/redirect") == ["AddressRefused"]
    assert sites.got == [(PUBLIC, "/redirect")]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "user@127.0.0.1"]
)
async def test_no_way_to_write_an_address_reaches_a_private_one(sites: Sites, host: str) -> None:
    """Where the system's own look-up would understand it."""
    outbound = Outbound(networks_of(f"{PUBLIC}/32"))
    async with aiohttp.ClientSession(connector=outbound.http_connector(limit=2)) as session:
        with pytest.raises((aiohttp.ClientConnectorError, aiohttp.InvalidURL)):
            await session.get(f"http://{host}:{sites.port}/")
    assert sites.got == []


async def test_an_unknown_name_and_a_private_one_are_told_in_the_same_words(sites: Sites) -> None:
    """Else the words would be a list of the names in our network."""
    outbound = guarded(Names(inside_example=[[PRIVATE]]))
    said = []
    for host in ("inside.example", "nobody.example"):
        with pytest.raises(AddressRefused) as caught:
            await outbound.connected(host, sites.port)
        said.append(str(caught.value).replace(host, "HOST"))
        with pytest.raises(AddressRefused) as caught:
            await asyncio.to_thread(outbound.connected_in_thread, host, sites.port, timeout=1)
        said.append(str(caught.value).replace(host, "HOST"))
    assert set(said) == {"no public address is known for HOST"}


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind((PUBLIC, 0))
        yield bound.getsockname()[1]


async def test_a_host_that_does_not_answer_is_told_as_such(closed_port: int) -> None:
    outbound = guarded(Names(shop_example=[[PUBLIC]]))
    with pytest.raises(ConnectionRefusedError):
        await outbound.connected("shop.example", closed_port)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.to_thread(outbound.connected_in_thread, "shop.example", closed_port, timeout=1)
