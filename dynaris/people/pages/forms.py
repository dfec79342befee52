"""Forms as pages show and take them: fields, messages, and bodies checked by the API's own models."""

from collections.abc import Mapping
from html import escape
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from dynaris.core.errors import DynarisError, InvalidInput
from dynaris.core.invalid import faults_in
from dynaris.workspaces.pages import page

B = TypeVar("B", bound=BaseModel)

_MOST_FIELDS = 20
_CALLED = {"workspace": "name of your business", "email": "e-mail address"}


async def body_of(request: Request, model: type[B]) -> B:
    """The form's fields as the API's body; empty fields are left out. Raises `InvalidInput` in words for people."""
    try:
        text = (await request.body()).decode()
        request.state.typed = dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
        return model.model_validate({name: value for name, value in request.state.typed.items() if value.strip()})
    except ValidationError as error:
        first = faults_in(error)[0]
        name = _CALLED.get(first["field"], first["field"].replace("_", " "))
        raise InvalidInput(f"{name}: {first['message']}") from None
    except ValueError:
        raise InvalidInput("this is not a form of these pages") from None


def typed(request: Request) -> Mapping[str, str]:
    """What was sent, so that an error does not cost it."""
    return getattr(request.state, "typed", {})


def form(action: str, *fields: str, button: str, quiet: bool = False) -> str:
    style = ' class="quiet"' if quiet else ""
    return (
        f'<form method="post" action="{escape(action)}">{"".join(fields)}'
        f"<button{style}>{escape(button)}</button></form>"
    )


def field(
    name: str, label: str, kind: str = "text", *, value: str = "", complete: str = "", needed: bool = True
) -> str:
    wanted = " required" if needed else ""
    autocomplete = f' autocomplete="{complete}"' if complete else ""
    kept = f' value="{escape(value)}"' if value else ""
    return f'<label>{escape(label)}<input name="{name}" type="{kind}"{kept}{autocomplete}{wanted}></label>'


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def failed(title: str, error: DynarisError, again: str) -> Response:
    """The same page, with what was wrong; `again` is its form."""
    answer = page(title, f'<p class="error" role="alert">{escape(str(error))}</p>{again}', error.status)
    if wait := error.extra.get("retry_after"):
        answer.headers["Retry-After"] = str(wait)
    return answer
