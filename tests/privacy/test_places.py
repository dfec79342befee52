"""No table and no column is forgotten: each has its place in exports and erasures, or a reason to have none."""

import pytest

from dynaris.migrations.tables import metadata
from dynaris.privacy.places import NOT_ABOUT_CONTACTS, PLACES

TENANT = {table.name: table for table in metadata.tables.values() if table.info["tenant"]}


def test_every_table_of_a_workspace_has_its_place_or_a_reason() -> None:
    placed = {place.table for place in PLACES}
    assert set(TENANT) - placed - set(NOT_ABOUT_CONTACTS) == set()
    assert (placed | set(NOT_ABOUT_CONTACTS)) - set(TENANT) == set()
    assert not placed & set(NOT_ABOUT_CONTACTS)
    assert all(NOT_ABOUT_CONTACTS.values())
    assert all(place.why for place in PLACES)


@pytest.mark.parametrize("name", sorted(NOT_ABOUT_CONTACTS))
def test_a_table_without_a_place_belongs_to_no_contact(name: str) -> None:
    assert "contact_id" not in TENANT[name].columns


@pytest.mark.parametrize("place", [place for place in PLACES if place.erase != "delete"], ids=lambda place: place.table)
def test_each_column_of_a_row_that_stays_is_emptied_or_known_to_hold_no_personal_data(place) -> None:
    columns = set(TENANT[place.table].columns.keys())
    assert set(place.erase) | set(place.keeps) == columns
    assert not set(place.erase) & set(place.keeps)
