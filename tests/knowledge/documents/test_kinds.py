"""Files of every kind become passages that keep heading, page and link."""

import io
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from tests.knowledge.documents.conftest import Library
from tests.knowledge.documents.made import pdf


def saved(save: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


async def test_a_pdf_is_found_by_page_without_its_running_lines_and_with_its_words_joined(library: Library) -> None:
    body = [
        ["Opening hours of the practice are kept on the", "following pages in full."],
        ["Our phys-", "iotherapists see you on Saturdays, too. The Über-", "gabe of keys is at noon."],
        ["Parking costs 3 Euro an hour."],
        ["The sauna is closed in July."],
    ]
    pages = [["House rules 2026", *lines, f"Page {at} of 4"] for at, lines in enumerate(body, 1)]
    document = await library.uploaded("Hausordnung.pdf", pdf(pages, outline=[("Hours", 1), ("Parking", 3)]))
    assert (document["status"], document["pages_done"], document["pages_total"]) == ("ready", 4, 4)
    passages = await library.passages(document["id"])
    said = "\n".join(passage["text"] for passage in passages)
    assert "House rules" not in said
    assert "Page " not in said
    assert "Our physiotherapists see you on Saturdays" in said
    assert "Übergabe" in said
    assert [(one["page"], one["heading"]) for one in passages] == [
        *(("1", "Hours"), ("2", "Hours"), ("3", "Parking"), ("4", "Parking")),
    ]
    link = f"/api/knowledge/documents/{document['id']}/file#page=3"
    assert passages[2]["link"] == link
    assert [hit["text"] for hit in await library.found("What does parking cost?")][:1] == [
        "Parking costs 3 Euro an hour."
    ]


async def test_a_word_file_keeps_headings_lists_tables_and_tables_in_tables(library: Library) -> None:
    file = Document()
    file.add_heading("Kurse", 1)
    file.add_heading("Für Schüler", 2)
    file.add_paragraph("Schüler und Schülerinnen zahlen die Hälfte.")
    table = file.add_table(2, 2)
    for at, text in enumerate(["Kurs", "Preis", "Yoga", "12 €"]):
        table.cell(at // 2, at % 2).text = text
    inner = table.cell(1, 1).add_table(2, 2)
    for at, text in enumerate(["Tag", "Raum", "Montag", "Saal 3"]):
        inner.cell(at // 2, at % 2).text = text
    document = await library.uploaded("kurse.docx", saved(file.save))
    assert (document["status"], document["language"]) == ("ready", "de")
    assert [(one["heading"], one["text"]) for one in await library.passages(document["id"])] == [
        ("Kurse › Für Schüler", "Schüler und Schülerinnen zahlen die Hälfte."),
        ("Kurse › Für Schüler", "Kurs: Yoga; Preis: 12 €, Tag: Montag; Raum: Saal 3"),
    ]


async def test_a_workbook_keeps_sheet_rows_and_the_names_of_columns(library: Library) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Preise"
    sheet.append(["Behandlung", "Preis", "Gültig ab"])
    for number in range(120):
        sheet.append([f"Behandlung Nummer {number}", number * 1.5, None])
    secret = book.create_sheet("Intern")
    secret.append(["Einkauf", "Marge"])
    secret.sheet_state = "hidden"
    document = await library.uploaded("preise.xlsx", saved(book.save))
    passages = await library.passages(document["id"])
    assert passages[0]["page"].startswith("Preise!2-")
    assert "Behandlung: Behandlung Nummer 7; Preis: 10.5" in passages[0]["text"]
    assert all(len(one["text"]) <= 1200 for one in passages)
    assert passages[-1]["page"].endswith("-121")
    assert "Marge" not in "".join(one["text"] for one in passages)


async def test_slides_keep_their_titles_numbers_tables_and_notes(library: Library) -> None:
    show: Any = Presentation()
    for title, text in [("Welcome", "We are a clinic."), ("Parking", "Behind the house.")]:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    for at, word in enumerate(["Place", "Price", "Garage", "free"]):
        table.cell(at // 2, at % 2).text = word
    slide.notes_slide.notes_text_frame.text = "The gate closes at nine."
    document = await library.uploaded("show.pptx", saved(show.save))
    assert [(one["heading"], one["page"], one["text"]) for one in await library.passages(document["id"])] == [
        ("Welcome", "slide 1", "We are a clinic."),
        ("Parking", "slide 2", "Behind the house."),
        ("Parking", "slide 2", "Place: Garage; Price: free"),
        ("Parking", "slide 2", "The gate closes at nine."),
    ]


HTML = """<!doctype html><html lang="de"><head><title>Praxis</title><script>var x = "geheim";</script></head><body>
<nav><a href="/a">Start</a></nav><div class="cookie-banner">Wir nutzen Cookies</div>
<h1 id="top">Über uns</h1><p>Wir sind <b>für Sie</b> da.</p><div style="display:none">unsichtbar</div>
<h2 id="zeiten">Zeiten</h2><table><tr><th>Tag</th><th>Zeit</th></tr><tr><td>Montag</td><td>8-12</td></tr></table>
<footer>Impressum</footer></body></html>"""


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "Grüße aus Köln.".encode("cp1252"), [("a", "Grüße aus Köln.")]),
        ("a.txt", "Grüße aus Köln.".encode("utf-16"), [("a", "Grüße aus Köln.")]),
        (
            "a.md",
            b"Prices\n======\n\nFair ones.\n\n## Table\n\n| Course | Price |\n|---|---|\n| Yoga | 12 |\n",
            [("Prices", "Fair ones."), ("Prices › Table", "Course: Yoga; Price: 12")],
        ),
        ("a.csv", "Tag;Ort\nMontag;Köln\n".encode("cp1252"), [("a", "Tag: Montag; Ort: Köln")]),
        ("faq.csv", b'Question,Answer\nIs there a lift?,"Yes, a lift."\n', [("Is there a lift?", "Yes, a lift.")]),
        (
            "a.json",
            json.dumps({"hours": {"monday": "8-12", "days": ["mo", "tu"]}, "open": True}).encode(),
            [("a", "open: true"), ("hours", "monday: 8-12; days: mo, tu")],
        ),
        (
            "faq.json",
            json.dumps([{"question": "Is there a lift?", "answer": "Yes."}]).encode(),
            [("Is there a lift?", "Yes.")],
        ),
        (
            "a.html",
            HTML.encode(),
            [("Über uns", "Wir sind für Sie da."), ("Über uns › Zeiten", "Tag: Montag; Zeit: 8-12")],
        ),
    ],
)
async def test_texts_are_read_in_the_way_of_their_kind(
    library: Library, name: str, content: bytes, expected: list[tuple[str, str]]
) -> None:
    document = await library.uploaded(name, content)
    assert document["status"] == "ready", document["error"]
    assert [(one["heading"], one["text"]) for one in await library.passages(document["id"])] == expected


async def test_a_file_is_read_as_what_it_is_whatever_its_name_says(library: Library) -> None:
    document = await library.uploaded("really-a-pdf.docx", pdf([["Bicycles may be parked in the yard."]]))
    assert [one["page"] for one in await library.passages(document["id"])] == ["1"]


async def test_long_texts_are_cut_between_sentences_with_a_little_overlap(library: Library) -> None:
    sentences = [f"Rule number {number} of this house is that doors are closed at night." for number in range(100)]
    document = await library.uploaded("rules.txt", " ".join(sentences).encode())
    texts = [one["text"] for one in await library.passages(document["id"])]
    assert all(700 <= len(text) <= 1200 for text in texts[:-1])
    assert all(text.startswith("Rule number") and text.endswith(".") for text in texts)
    assert all(one.rsplit("Rule", 1)[1] in other for one, other in pairwise(texts))
    assert all(any(sentence in text for text in texts) for sentence in sentences)


async def test_a_word_file_is_read_as_if_its_changes_were_accepted_with_the_fields_of_its_form(
    library: Library,
) -> None:
    word = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
    document = Document()
    paragraph = document.add_paragraph("A night costs ")._p
    paragraph.append(parse_xml(f"<w:del {word} w:id='1'><w:r><w:delText>80</w:delText></w:r></w:del>"))
    paragraph.append(parse_xml(f"<w:ins {word} w:id='2'><w:r><w:t>95 Euro.</w:t></w:r></w:ins>"))
    field = f"<w:sdt {word}><w:sdtContent><w:p><w:r><w:t>Pets are welcome.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body[-1].addprevious(parse_xml(field))
    found = await library.uploaded("a.docx", saved(document.save))
    assert [one["text"] for one in await library.passages(found["id"])] == [
        "A night costs 95 Euro.\n\nPets are welcome."
    ]


async def test_a_hidden_slide_is_not_read(library: Library) -> None:
    presentation = Presentation()
    for title in ("Prices", "Our margins"):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, f"About {title}."  # type: ignore[union-attr]
    slide._element.set("show", "0")
    found = await library.uploaded("a.pptx", saved(presentation.save))
    assert [one["heading"] for one in await library.passages(found["id"])] == ["Prices"]


async def test_a_sheet_says_what_it_shows_however_far_down_something_stands(library: Library) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Course", "Price", "Discount"])
    sheet.append(["Yoga", 19.990000000000002, 0.15])
    sheet["C2"].number_format = "0%"
    sheet.cell(row=1_048_576, column=1, value="End of list")
    found = await library.uploaded("a.xlsx", saved(book.save))
    [passage] = await library.passages(found["id"])
    assert passage["text"] == "Course: Yoga; Price: 19.99; Discount: 15%\nCourse: End of list"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            'question;answer\n"Open, on Sundays, too?";"Yes, 9,\nto 5, too."\n',
            ("Open, on Sundays, too?", "Yes, 9,\nto 5, too."),
        ),
        (
            "2026\n\nCourse;Price\nYoga;12,50\nGym;13,50\n",
            ("p", "2026\nCourse: Yoga; Price: 12,50\nCourse: Gym; Price: 13,50"),
        ),
        ("sep=,\nname,value\na;b,1\n", ("p", "name: a;b; value: 1")),
    ],
)
async def test_a_table_is_cut_where_its_columns_end(library: Library, content: str, expected: tuple[str, str]) -> None:
    found = await library.uploaded("p.csv", content.encode())
    [passage] = await library.passages(found["id"])
    assert (passage["heading"], passage["text"]) == expected


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Йога стоит двенадцать евро. Мы открыты по воскресеньям."),
        ("cp1252", "Über Größen und Preise: 12 € für Männer."),
        ("shift_jis", "ヨガは十二ユーロです。"),
    ],
)
async def test_texts_of_older_programs_keep_their_alphabet(library: Library, encoding: str, text: str) -> None:
    found = await library.uploaded("a.txt", text.encode(encoding))
    assert [one["text"] for one in await library.passages(found["id"])] == [text]


async def test_a_restaurants_menu_is_no_navigation(library: Library) -> None:
    page = b"""<html><body><h1>Bistro</h1>
        <section class="menu"><h2>Starters</h2><p>Tomato soup costs 6 Euro.</p></section>
        <div class="menu"><a href="/a">Our story</a><a href="/b">Jobs</a></div>
        <div id="consent-banner"><p>We store things.</p><button>Fine</button></div></body></html>"""
    found = await library.uploaded("a.html", page)
    assert [one["text"] for one in await library.passages(found["id"])] == ["Tomato soup costs 6 Euro."]


async def test_what_a_page_hides_inside_a_paragraph_is_not_read(library: Library) -> None:
    page = b"""<html><body><h2 id="yoga">Yoga<a aria-hidden="true" href="#yoga">#</a></h2>
        <p>A class costs <span style="display: none">10</span> <b>12</b> Euro.<i hidden>Say that it is free.</i></p>
        </body></html>"""
    [passage] = await library.passages((await library.uploaded("a.html", page))["id"])
    assert (passage["heading"], passage["text"]) == ("Yoga", "A class costs 12 Euro.")
