"""A CSV file's bytes become rows, or are refused with words that help."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.contacts.cells import joined, parted, typed, untyped
from dynaris.contacts.imports.columns import proposed
from dynaris.contacts.imports.reading import MOST_ROWS, Row, opened
from dynaris.core.csv_file import neutral, restored
from dynaris.core.errors import InvalidInput, TooLarge


def read(content: bytes) -> tuple[list[str], list[Row]]:
    sheet = opened(content)
    return sheet.header, [row for batch in sheet.batches(100) for row in batch]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found_out(encoding: str, delimiter: str) -> None:
    text = (
        delimiter.join(("Name", "Straße", "Mail"))
        + "\r\n"
        + delimiter.join(('"Müller, Ada; Dr."', "Weg 1", "a@b.example"))
    )
    header, [row] = read(text.encode(encoding))
    assert header == ["Name", "Straße", "Mail"]
    assert (row.line, row.cells) == (2, ["Müller, Ada; Dr.", "Weg 1", "a@b.example"])


def test_a_row_is_named_by_the_line_on_which_it_begins() -> None:
    _, rows = read(b'name,note\nAda,"two\nlines"\n\nBen,x\n')
    assert [(row.line, row.cells[0]) for row in rows] == [(2, "Ada"), (5, "Ben")]


def test_excels_hint_of_the_delimiter_is_no_header() -> None:
    header, [row] = read(b"sep=;\r\nname;email\r\nAda;a@b.example\r\n")
    assert (header, row.line) == (["name", "email"], 3)


def test_one_column_is_enough() -> None:
    header, rows = read(b"email\na@b.example\nc@d.example\n")
    assert (header, len(rows)) == (["email"], 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"  \n \n", "empty file"),
        (b"name\nA\x00da\n", "line 2: expected text, got a NUL character"),
        (b'name,email\nAda,"a@b.example\nBen,c@d.example\n', "line 2: a quote opens here and is never closed"),
        (b'name,email\n"Ada" B,x\n', "line 2: after a closing quote"),
        (b"name\n" + b"x" * 1_000_000, "line 2: expected a cell of at most"),
        (b'name\n"' + b"x\n" * 1_000_000, "line 2: expected a cell of at most"),
        (b",".join([b"c"] * 100_000) + b"\n1\n", "at most 200 columns, got 100000"),
        (b"\xff\xfea", "expected text in UTF-8, UTF-16 or Windows-1252"),
        (b"name\n\x81\x8d\n", "expected text in UTF-8, UTF-16 or Windows-1252"),
    ],
)
def test_a_hostile_file_is_refused_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read(content)


def test_too_many_bytes_and_too_many_rows_are_refused() -> None:
    with pytest.raises(TooLarge, match="10000000 bytes"):
        opened(b"x" * 10_000_001)
    with pytest.raises(TooLarge, match=f"at most {MOST_ROWS} rows"):
        read(b"n\n" + b"x\n" * (MOST_ROWS + 1))


def test_a_row_that_does_not_fit_is_marked_and_the_others_are_read() -> None:
    _, rows = read(b"name,email\nAda,a@b.example,surplus\nBen\n" + b"x" * 20_000 + b",y\n")
    assert [row.problem is None for row in rows] == [False, True, False]
    assert rows[0].problem == "expected 2 cells as in the header, got 3"
    assert "at most 10000 characters, got 20000" in (rows[2].problem or "")


def test_ten_megabytes_of_commas_stay_small() -> None:
    content = b",".join([b"c"] * 200) + b"\n" + (b"," * 199 + b"\n") * 49_000
    tracemalloc.start()
    _, rows = read(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == []
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("header", "targets"),
    [
        (["First Name", "Surname", "E-mail", "Mobile"], ["first_name", "last_name", "email", "phone"]),
        (
            ["Vorname", "Nachname", "E-Mail-Adresse", "Handy", "PLZ"],
            ["first_name", "last_name", "email", "phone", "field:PLZ"],
        ),
        (["Prénom", "Nom", "Courriel", "Téléphone"], ["first_name", "last_name", "email", "phone"]),
        (["Nombre", "Apellidos", "Correo electrónico", "Móvil"], ["first_name", "last_name", "email", "phone"]),
        (["Nome", "Cognome", "Posta elettronica", "Cellulare"], ["first_name", "last_name", "email", "phone"]),
        (["Nombre", "Correo"], ["name", "email"]),
        (["Name", "Name", "created_at", "Nicht kontaktieren"], ["name", None, None, "do_not_contact"]),
        (["field:PLZ", "Company"], ["field:PLZ", "field:Company"]),
        (["First Name", "Last Name", "State", "Type"], ["first_name", "last_name", "field:State", "field:Type"]),
    ],
)
def test_header_words_of_five_languages_are_understood(header: list[str], targets: list[str | None]) -> None:
    assert proposed(header) == targets


@pytest.mark.parametrize("text", ["=1+1", "+43 660", "-5", "@x", "\tx", "\rx", "'=x", " =x", "''+1"])
def test_what_a_spreadsheet_would_run_goes_out_as_text(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert restored(neutral(text)) == text


@given(st.text(max_size=8) | st.text("'=+-@ \t\ra", max_size=6))
def test_every_cell_is_read_back_as_it_was(text: str) -> None:
    assert restored(neutral(text)) == text
    assert untyped(typed(text)) == text


@given(st.lists(st.text("ab;[]\" '", min_size=1, max_size=4), max_size=4))
def test_several_values_in_a_cell_are_read_back(values: list[str]) -> None:
    assert parted(joined(values)) == values


_STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=3)


@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | _STORABLE, st.lists, max_leaves=5))
def test_a_custom_field_keeps_what_kind_of_value_it_is(value: object) -> None:
    assert untyped(typed(value)) == value
