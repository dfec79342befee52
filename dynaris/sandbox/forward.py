"""A stand-in's page on the product's own port: a router that passes requests on to the stand-in, and answers back."""

from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from yarl import URL

from dynaris.core.errors import NotFound, Unavailable

_MOST_BODY = 30_000_000
_PASSED_ON = ("accept", "content-type", "sec-fetch-site", "sec-fetch-mode", "range")
_PASSED_BACK = (
    "content-type",
    "content-disposition",
    "content-security-policy",
    "permissions-policy",
    "referrer-policy",
    "cache-control",
)


def forwarded(name: str, port: int) -> APIRouter:
    """Routes under `/sandbox/{name}`. They ask for no sign-in: mount them for a sandbox only."""
    root = f"/sandbox/{name}"
    router = APIRouter(prefix=root, include_in_schema=False)

    @router.get("")
    def to_the_page() -> RedirectResponse:
        return RedirectResponse(f"{root}/", 308)

    @router.api_route("/{path:path}", methods=["GET", "POST", "PATCH", "DELETE"], max_body_size=_MOST_BODY)
    async def forward(request: Request, path: str) -> StreamingResponse:
        if ".." in path.split("/"):
            raise NotFound("there is nothing here")  # the API, which is beside, is not passed on
        url = URL(f"http://127.0.0.1:{port}{root}/").with_path(f"{root}/{path}").with_query(str(request.url.query))
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        # As long as the page looks: the live news never end.
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=5))
        try:
            answer = await session.request(
                request.method, url, data=await request.body() or None, headers=headers, allow_redirects=False
            )
        except aiohttp.ClientError as error:
            await session.close()
            raise Unavailable(f"the sandbox of {name} does not answer; it is started again") from error
        passed = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
        return StreamingResponse(_pieces(session, answer), answer.status, headers=passed)

    return router


async def _pieces(session: aiohttp.ClientSession, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        with suppress(aiohttp.ClientError):  # the sandbox has ended: so does what it was telling
            async for piece in answer.content.iter_any():
                yield piece
    finally:
        answer.close()
        await session.close()
