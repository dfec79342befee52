"""An answer that comes in pieces is read whole."""

import asyncio

import aiohttp
from aiohttp import web

from dynaris.core.answers import beginning


async def test_an_answer_in_pieces_is_read_whole_and_a_long_one_up_to_its_limit() -> None:
    async def slowly(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for part in (b'{"half":', b' "and half"}'):
            await response.write(part)
            await asyncio.sleep(0.05)
        return response

    app = web.Application()
    app.router.add_get("/", slowly)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            for most, expected in ((100, b'{"half": "and half"}'), (10, b'{"half": "')):
                async with http.get(url) as response:
                    assert await beginning(response, most) == expected
    finally:
        await runner.cleanup()
