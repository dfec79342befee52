"""The one place where passages are written: made of a source's or a document's pieces, searchable at once."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.jobs import DEFER, deferral
from dynaris.knowledge.embeddings.filling import EMBED_JOB
from dynaris.knowledge.language import configuration
from dynaris.knowledge.split import Piece
from dynaris.knowledge.topics import marks

_AT_ONCE = 1000

# Besides the words: `h:<word>` for those of the heading, `ws:<id>`, which leads every search to this workspace's part
# of the index (see `find_passages`), `lang:<code>`, by which the languages are known that a workspace has, and
# `~<concept>` with `h:~<concept>` for what the heading names in whichever words.
_STORE = """INSERT INTO passage (workspace_id, id, source_id, document_id, position, heading, text, page, link,
                         language, search)
    SELECT %(workspace_id)s, id, %(source_id)s, %(document_id)s, %(before)s + position, heading, body, page, link,
           %(language)s::text,
           strip(in_heading || to_tsvector(%(configuration)s::regconfig, %(title)s)
                 || to_tsvector(%(configuration)s::regconfig, body))
           || array_to_tsvector(array(SELECT 'h:' || h FROM unnest(tsvector_to_array(in_heading)) AS h)
                                || ARRAY['ws:' || %(workspace_id)s::uuid, 'lang:' || %(language)s::text]
                                || string_to_array(nullif(marks, ''), ' '))
    FROM unnest(%(ids)s::uuid[], %(headings)s::text[], %(bodies)s::text[], %(pages)s::text[], %(links)s::text[],
                %(marks)s::text[]) WITH ORDINALITY AS piece (id, heading, body, page, link, marks, position),
         LATERAL to_tsvector(%(configuration)s::regconfig, heading) AS in_heading"""


async def store_passages(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    pieces: Sequence[Piece],
    *,
    document_id: UUID | None = None,
    language: str,
    title: str,
) -> None:
    """In the caller's transaction; what was stored before is the caller's to remove. `title` is found, too."""
    for before in range(0, len(pieces), _AT_ONCE):
        portion = pieces[before : before + _AT_ONCE]
        headings = [piece.heading for piece in portion]
        await connection.execute(
            _STORE,
            {
                "workspace_id": workspace_id,
                "source_id": source_id,
                "document_id": document_id,
                "language": language,
                "configuration": configuration(language),
                "title": title,
                "before": before,
                "ids": [new_id() for _ in portion],
                "marks": [" ".join(found) for found in await marks_of([(heading, language) for heading in headings])],
                "headings": headings,
                "bodies": [piece.text for piece in portion],
                "pages": [piece.page for piece in portion],
                "links": [piece.link for piece in portion],
            },
        )
    await _want_embeddings(connection, workspace_id)


async def marks_of(headings: Sequence[tuple[str, str]]) -> list[list[str]]:
    """What each is about, by its language, as words of the index. In a thread: they may be many, and the worker has
    answers to give meanwhile.
    """
    return await asyncio.to_thread(lambda: [_marks_in(heading, language) for heading, language in headings])


def _marks_in(heading: str, language: str) -> list[str]:
    return [word for mark in marks(heading, language) for word in (mark, f"h:{mark}")]


# Where the workspace names a model for embeddings, its job is told.
_EMBED = f"SELECT {DEFER} FROM embedding_model WHERE workspace_id = %(ws)s AND status <> 'leaving' LIMIT 1"


async def _want_embeddings(connection: Connection, workspace_id: UUID) -> None:
    job = deferral(EMBED_JOB, {"workspace_id": str(workspace_id)}, lock=f"embed:{workspace_id}")
    await connection.execute(_EMBED, {**job, "ws": workspace_id})


async def remove_passages(connection: Connection, workspace_id: UUID, document_id: UUID) -> None:
    await connection.execute(
        "DELETE FROM passage WHERE workspace_id = %s AND document_id = %s", (workspace_id, document_id)
    )
