"""A document is quoted with its page, and the answer's citations are there for whoever looks at it later."""

from dynaris.core.ids import new_id
from dynaris.knowledge.passages import store_passages
from dynaris.knowledge.split import Piece
from tests.flows.conftest import Sink, World


async def test_a_document_is_quoted_with_its_page_and_the_message_says_from_where(world: World, sink: Sink) -> None:
    source_id = new_id()
    pieces = [Piece("Hydrotherapy", "Hydrotherapy in the warm pool costs 55 euros for 40 minutes.", page="12")]
    async with world.services.db.transaction(world.workspace.id) as connection:
        await connection.execute(
            """INSERT INTO knowledge_source (workspace_id, id, kind, title, content)
               VALUES (%s, %s, 'file', 'Price list.pdf', '')""",
            (world.workspace.id, source_id),
        )
        await store_passages(connection, world.workspace.id, source_id, pieces, language="en", title="Price list.pdf")
    await world.say("What does hydrotherapy cost?", reply_url=sink.url)
    await world.settle()

    assert "costs 55 euros for 40 minutes. (Price list.pdf, p. 12)" in sink.texts[0]
    (message,) = await world.rows("SELECT data, run_id FROM message WHERE workspace_id = %s AND author = 'agent'")
    (citation,) = message["data"]["citations"]
    assert (citation["title"], citation["heading"], citation["page"]) == ("Price list.pdf", "Hydrotherapy", "12")
    (run,) = await world.rows("SELECT output FROM run WHERE workspace_id = %s")
    assert run["output"]["citations"] == [citation]
