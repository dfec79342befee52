"""Page: what agents know. Sources listed, and a question with its answer added."""

from collections.abc import Mapping
from html import escape
from typing import Annotated

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.knowledge import actions, sources
from dynaris.knowledge.schemas import Title
from dynaris.people.pages.forms import START, body_of, failed, field, form, long_field, table, typed
from dynaris.people.pages.signed_in import PageAdmin
from dynaris.workspaces.pages import page
from dynaris.workspaces.queries import settings

router = APIRouter(include_in_schema=False)

_MOST = 100  # on the page; /api/knowledge has them all


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    question: Title
    answer: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


def _form(given: Mapping[str, str]) -> str:
    return form(
        "/answers",
        field("question", "Question, as a customer asks it", value=given.get("question", "")),
        long_field("answer", "Answer", value=given.get("answer", "")),
        button="Add it",
    )


@router.get("/answers")
async def answers_page(access: PageAdmin, db: Db) -> Response:
    async with db.workspace(access.workspace_id) as connection:
        rows = await sources.list_sources(connection, access.workspace_id, before=None, limit=_MOST)
    listed = [(escape(row["title"]), row["kind"], "on" if row["enabled"] else "off") for row in rows]
    said = "<p>Agents answer from these. What is not there they do not make up.</p>"
    return page("Answers", said + table(("Title", "Kind", ""), listed) + _form({}) + START, wide=True)


@router.post("/answers")
async def add_answer(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        body = await body_of(request, _Answer)
        async with db.transaction(access.workspace_id) as connection:
            workspace = await settings(connection, access.workspace_id)
            await actions.add_source(
                connection,
                access.workspace_id,
                kind="faq",
                title=body.question,
                content=orjson.dumps([{"question": body.question, "answer": body.answer}]).decode(),
                language=workspace["language"].partition("-")[0],
                by=access.actor,
            )
    except DynarisError as error:
        return failed("Answers", error, _form(typed(request)) + START)
    return RedirectResponse("/answers", status_code=303)
