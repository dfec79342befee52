"""What an agent may do with knowledge: search it. The toolbox wraps this with effect, audit and time limit."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.core.db import Connection
from dynaris.knowledge.queries import search


class SearchKnowledge(BaseModel):
    """Search what the business wrote down about itself: services, prices, hours, policies. Quote what you use."""

    query: str = Field(description="What is looked for, as a question or in key words.", max_length=2000)


async def search_knowledge(
    connection: Connection, workspace_id: UUID, arguments: SearchKnowledge
) -> list[dict[str, Any]]:
    """Passages, best first: id, title, heading, text, score (share of the query that the passage covers)."""
    return [
        {
            "id": str(passage.id),
            "title": passage.title,
            "heading": passage.heading,
            "text": passage.text,
            "score": round(passage.score, 2),
            "cite": f"p{str(passage.id)[-4:]}",  # what an answer that rests on it says in brackets
            **{name: place for name, place in (("page", passage.page), ("link", passage.link)) if place},
        }
        for passage in await search(connection, workspace_id, arguments.query)
    ]
