"""Citations: what an answer rests on is recorded, named where it is a document, and never a marker to the contact."""

import time
from typing import Any

import pytest

from dynaris.agents import conduct, herald
from dynaris.agents.citations import cited, marker_of, settled, shown_in, with_sources
from dynaris.agents.turn import Citation, Done
from dynaris.channels.contract import ChannelTraits
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.queries import Passage, search
from tests.agents.conftest import Script, Story, UseModel

PRICES = "01a20000-0000-7000-8000-00000000aaaa"
HOURS = "01a20000-0000-7000-8000-00000000bbbb"
PARKING = "01a20000-0000-7000-8000-00000000cccc"
INSTRUCTIONS = f"""<passages>
  <passage id="{PRICES}" title="Price list.pdf" heading="Massage" page="12" score="0.9">A massage of an hour &amp; \
a half costs 99 euros.</passage>
  <passage id="{HOURS}" title="FAQ" heading="Opening hours?" score="0.8">We are open from Monday to Friday, 8 to 19.\
</passage>
</passages>"""
FOUND = [{"id": PARKING, "title": "Directions.docx", "heading": "", "text": "Park in the garage.", "page": "slide 3"}]
SHOWN = shown_in([INSTRUCTIONS], [FOUND])
MAIL, CHAT = ChannelTraits(subject=True), ChannelTraits(subject=False)


@pytest.mark.parametrize(
    ("text", "clean", "ids"),
    [
        ("It costs 99 euros [1].", "It costs 99 euros.", [PRICES]),
        ("It costs 99 euros [1, 2]. Bye", "It costs 99 euros. Bye", [PRICES, HOURS]),
        (f"Park below [{marker_of(PARKING)}].", "Park below.", [PARKING]),
        ("Made up [9] and [pffff].", "Made up and.", []),
        ("See [1](https://shop.example) and item [A1].", "See [1](https://shop.example) and item [A1].", []),
        ("In 2026 [2026]", "In 2026 [2026]", []),
    ],
)
def test_markers_become_citations_and_are_never_sent(text: str, clean: str, ids: list[str]) -> None:
    sent, citations = cited(text, SHOWN)
    assert (sent, [one.passage_id for one in citations]) == (clean, ids)


def test_what_is_quoted_word_for_word_is_cited_without_a_marker() -> None:
    text = "From our information: A massage of an hour & a half costs 99 euros."
    _, (citation,) = cited(text, SHOWN)
    assert citation == Citation(passage_id=PRICES, title="Price list.pdf", heading="Massage", page="12")


def test_a_document_is_named_as_the_channel_has_room_for_it() -> None:
    done = Done(decision="reply", text="It costs 99 euros [1].")
    assert settled(done, [INSTRUCTIONS], [], MAIL).text == "It costs 99 euros.\n\nSource: Price list.pdf, page 12"
    assert settled(done, [INSTRUCTIONS], [], CHAT).text == "It costs 99 euros. (Price list.pdf, p. 12)"


def test_a_source_is_named_in_the_answers_language() -> None:
    citation = Citation(passage_id=PRICES, title="Preise.pdf", page="12")
    text = with_sources("Eine Massage kostet bei uns 99 Euro.", [citation], MAIL)
    assert text.endswith("\n\nQuelle: Preise.pdf, Seite 12")


def test_an_entry_of_the_faq_needs_no_source_but_is_recorded() -> None:
    done = settled(Done(decision="reply", text="We are open from Monday [2]."), [INSTRUCTIONS], [], MAIL)
    assert done.text == "We are open from Monday."
    assert [one.passage_id for one in done.citations] == [HOURS]


def test_a_source_is_named_once_with_all_its_places() -> None:
    places = [Citation(passage_id=PRICES, title="Guide.pdf", page=page) for page in ("3", "7", "3")]
    places.append(Citation(passage_id=PARKING, title="Talk.pptx", page="slide 3"))
    assert with_sources("Yes.", places, CHAT) == "Yes. (Guide.pdf, p. 3, p. 7; Talk.pptx, slide 3)"
    assert with_sources("Guide.pdf and Talk.pptx say so.", places, CHAT) == "Guide.pdf and Talk.pptx say so."


def test_an_answer_without_passages_cites_none() -> None:
    done = Done(decision="reply", text="See you at 9 [1].")
    assert settled(done, ["<passages>\n</passages>"], [], MAIL) == Done(decision="reply", text="See you at 9.")


def test_the_page_of_a_site_is_named_and_not_where_the_site_begins() -> None:
    link = "https://clinic.example/prices"
    citation = Citation(passage_id=PRICES, title="https://clinic.example/", heading="Prices", link=link)
    assert with_sources("It costs 99 euros.", [citation], MAIL).endswith(f"\n\nSource: {link}")


def test_a_text_of_nothing_but_blanks_costs_no_time() -> None:
    began = time.process_time()
    assert cited(f"Yes.{' ' * 100_000}Bye.", SHOWN)[1] == []
    assert time.process_time() - began < 1


async def test_a_number_is_a_place_among_the_passages_that_were_told_last(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the contact adds meanwhile may be answered from others; a draft that is rejected then, too."""
    async with story.db.workspace(story.workspace.id) as connection:
        faq = "Q: Is there parking?\nA: Yes, in the garage.\n\nQ: What does a massage cost?\nA: 69 euros."
        await add_source(connection, story.workspace.id, kind="faq", title="FAQ", content=faq)
        (price, *_) = await search(connection, story.workspace.id, "What does a massage cost?")

    async def only_the_price(*_: Any, **__: Any) -> list[Passage]:
        return [price]

    monkeypatch.setattr(conduct, "search", only_the_price)
    model = Script(lambda asked: "Longer [1]." if "teammate" in str(asked[-1]) else "Short [1].")
    use_model(model)
    request = story.request("Is there parking?")
    for feedback, said in (([], "Short."), (["Say more."], "Longer.")):
        ended = await herald.run_turn(story.db, request, additions=["What does a massage cost?"], feedback=feedback)
        assert isinstance(ended, Done)
        assert (ended.text, [one.passage_id for one in ended.citations]) == (said, [str(price.id)])
        assert "garage" not in model.instructions[-1]
    assert "garage" in model.instructions[0]
