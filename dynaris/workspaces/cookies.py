"""The cookies of a browser: its session, and what it is known by. Behind https only this very host can set them."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION_COOKIE = "dynaris_session"
DEVICE_COOKIE = "dynaris_device"  # a browser that signed in before is not slowed down for others' wrong passwords
SECOND_STEP_COOKIE = "dynaris_second_step"
OIDC_COOKIE = "dynaris_provider"
ONWARD_COOKIE = "dynaris_onward"  # where to go after the provider
SIGN_UP_COOKIE = "dynaris_sign_up"

SESSION_DAYS = 30


def _https(connection: HTTPConnection) -> bool:
    return connection.app.state.settings.base_url.startswith("https:")


def cookie_name(connection: HTTPConnection, name: str) -> str:
    """A browser takes `__Host-` cookies over https alone, for the whole host and from no other one."""
    return f"__Host-{name}" if _https(connection) else name


def cookie(connection: HTTPConnection, name: str) -> str | None:
    return connection.cookies.get(cookie_name(connection, name))


def set_cookie(connection: HTTPConnection, response: Response, name: str, value: str, *, seconds: int) -> None:
    response.set_cookie(
        cookie_name(connection, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=_https(connection),
    )


def drop_cookie(connection: HTTPConnection, response: Response, name: str) -> None:
    response.delete_cookie(cookie_name(connection, name), httponly=True, samesite="lax", secure=_https(connection))


def set_session(connection: HTTPConnection, response: Response, token: str) -> None:
    set_cookie(connection, response, SESSION_COOKIE, token, seconds=SESSION_DAYS * 86_400)
