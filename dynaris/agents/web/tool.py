"""The tool that reads a page."""

from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from dynaris.agents.tool import Tool, ToolContext, ToolRefused, only_this_contact
from dynaris.agents.web.pages import PageRefused, read_page


class FetchPage(BaseModel):
    """Read one web page, from a host that the business allows. Name its address where you use what it says."""

    url: str = Field(max_length=1_000, description="https://host/path, without a query.")


async def _fetch(context: ToolContext, arguments: FetchPage) -> dict[str, Any]:
    """No connection to the database is held meanwhile."""
    async with context.db.workspace(context.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT coalesce(profile->'read_hosts', '[]') AS hosts FROM workspace WHERE id = %s",
            (context.workspace_id,),
        )
        row = await cursor.fetchone()
    assert row is not None
    try:
        return await read_page(arguments.url, row["hosts"])
    except PageRefused as refused:
        raise ToolRefused(str(refused)) from refused


@cache
def fetch_page() -> Tool:
    return Tool(
        name="fetch_page",
        description=(FetchPage.__doc__ or "").strip(),
        effect="read",
        arguments=FetchPage,
        run=_fetch,
        about=only_this_contact,
        destructive=False,
        seconds=30.0,
    )
