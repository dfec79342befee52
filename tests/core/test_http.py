"""The guard of JSON bodies and cursors, on anything that hypothesis thinks of."""

import contextlib
import json
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.core.errors import InvalidInput, MalformedRequest
from dynaris.core.http import DEEPEST, checked_json, decode_cursor, encode_cursor

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


@given(anything, st.booleans())
def test_what_passes_can_be_stored_and_sent_back(value: object, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        passed = checked_json(body)
    except MalformedRequest:
        return
    orjson.dumps(json.loads(body))
    assert "\x00" not in "".join(_texts(passed)).encode().decode()


@given(st.binary(max_size=200))
def test_no_bytes_break_the_guard(body: bytes) -> None:
    with contextlib.suppress(MalformedRequest):
        checked_json(body)


def test_nesting_is_counted_by_depth_and_not_by_brackets() -> None:
    assert checked_json(b"[" + b",".join([b"[]"] * 5_000) + b"]") == [[]] * 5_000
    checked_json(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(MalformedRequest, match="nested"):
        checked_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


@given(st.uuids())
def test_a_cursor_comes_back_as_the_id_it_was_made_of(last_id: UUID) -> None:
    assert decode_cursor(encode_cursor(last_id)) == last_id


@given(st.text(max_size=40))
def test_any_other_cursor_is_refused(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(decode_cursor(text), UUID)
