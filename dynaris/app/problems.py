"""Turns every error into problem+json: ours, the framework's and the database's."""

from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from dynaris.channels.contract import Rejected
from dynaris.core.errors import DynarisError, InvalidInput, MalformedRequest, Unauthenticated, Unavailable
from dynaris.core.http import problem, problem_response
from dynaris.core.ids import new_id
from dynaris.core.invalid import faults_in, told
from dynaris.workspaces.pages import page

log = structlog.get_logger()

_CODES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(DynarisError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _frameworks)
    app.add_exception_handler(Rejected, _rejected)
    app.add_exception_handler(psycopg.OperationalError, _database_away)
    app.add_exception_handler(psycopg.DataError, _unstorable)


def unexpected(error: Exception) -> Response:
    """Logged with an id that the caller can quote."""
    error_id = str(new_id())
    log.error("http.unexpected", error_id=error_id, exc_info=error)
    return problem(500, "internal", "something went wrong; quote error_id", extra={"error_id": error_id})


async def _ours(_: Request, error: Any) -> Response:
    if error.status >= 500 and not error.retry:
        return unexpected(error)
    return problem_response(error)


async def _invalid(_: Request, error: Any) -> Response:
    """The first part of a place is where in the request it stands: body, query, path."""
    errors = faults_in([{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()])
    said = told(errors)
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem_response(MalformedRequest(f"the body is not JSON: {said}"))
    return problem_response(InvalidInput(said, errors=errors))


async def _frameworks(request: Request, error: Any) -> Response:
    code = _CODES.get(error.status_code, "internal" if error.status_code >= 500 else "invalid_request")
    detail = str(error.detail)
    if error.status_code == 404 and _is_navigation(request):
        return page(
            "There is no such page",
            '<p>Its address may have changed, or it was mistyped.</p><p class="foot"><a href="/">To the start</a></p>',
            status=404,
        )
    if error.status_code == 404:
        detail = f"nothing is found at {request.url.path}"
    elif error.status_code == 405:
        detail = f"{request.method} is not possible here"
    return problem(error.status_code, code, detail, headers=error.headers)


def _is_navigation(request: Request) -> bool:
    """A person's browser, not a program that asks the API."""
    in_api = request.url.path.startswith("/api/")
    return request.method == "GET" and not in_api and "text/html" in request.headers.get("accept", "")


async def _rejected(_: Request, error: Any) -> Response:
    if error.status == Unauthenticated.status:
        return problem_response(Unauthenticated(error.reason))
    return problem(error.status, error.code, error.reason)


async def _database_away(_: Request, error: Any) -> Response:
    log.warning("http.database_away", error=error)
    return problem_response(Unavailable("the database does not answer; try again"))


async def _unstorable(_: Request, error: Any) -> Response:
    log.warning("http.unstorable", error=type(error).__name__)
    return problem_response(InvalidInput("a value cannot be stored: a NUL character, or a number out of range"))
