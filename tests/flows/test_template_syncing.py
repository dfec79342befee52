"""Templates as the screen of the settings lists them: of which number, when they were fetched, and why not."""

from tests.flows.phones import Phones, phones

__all__ = ["phones"]


async def source(phones: Phones) -> dict:
    (one,) = (await phones.owner.get("/api/templates")).json()["accounts"]
    return one


async def test_a_number_says_when_its_templates_were_fetched_and_why_they_cannot_be(phones: Phones) -> None:
    before = await source(phones)
    assert (before["account_id"], before["synced_at"], before["error"]) == (str(phones.account_id), None, None)
    assert before["name"] == (await phones.owner.get(f"/api/accounts/{phones.account_id}")).json()["name"]
    assert before["name"].startswith("+1 555-")

    body = {"account_id": str(phones.account_id)}
    assert (await phones.owner.post("/api/templates/sync", json=body)).status_code == 200
    fetched = await source(phones)
    assert (fetched["synced_at"] is not None, fetched["error"]) == (True, None)

    (await phones.control.patch("account", json={"token": "expired"})).raise_for_status()
    refused = await phones.owner.post("/api/templates/sync", json=body)
    assert refused.status_code == 503
    assert "the access token has expired" in refused.json()["detail"]
    broken = await source(phones)
    assert broken["synced_at"] == fetched["synced_at"]
    assert "give the account a new access token" in broken["error"]

    (await phones.control.patch("account", json={"token": "valid"})).raise_for_status()
    assert (await phones.owner.post("/api/templates/sync", json=body)).status_code == 200
    assert (await source(phones))["error"] is None


async def test_whose_number_it_is_is_shown_as_it_is_dialled(phones: Phones) -> None:
    ada = await phones.customer("4917012345678")
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (line,) = (await phones.owner.get("/api/conversations")).json()["items"]
    contact = (await phones.owner.get(f"/api/contacts/{line['contact_id']}")).json()
    number = next(each for each in contact["addresses"] if each["kind"] == "whatsapp" and each["value"].isdigit())
    assert (number["value"], number["display"]) == ("4917012345678", "+49 170 12345678")
    assert line["contact_address"] == "+49 170 12345678"
    ledger = (await phones.owner.get("/api/ledger")).json()["items"]
    assert [one["contact_address"] for one in ledger] == ["+49 170 12345678"]
    ways = (await phones.owner.get(f"/api/contacts/{line['contact_id']}/ways-to-write")).json()["items"]
    assert ("4917012345678", "+49 170 12345678") in [(way["address"], way["display"]) for way in ways]
