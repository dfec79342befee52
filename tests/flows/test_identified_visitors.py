"""Visitors whom their site vouches for: one contact with who mailed from that address, and nobody else's."""

import hmac
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from dynaris.core.ids import new_id
from tests.flows.conftest import World
from tests.flows.test_chat_story import ADA, Clinic, Visitor, clinic
from tests.web import new_key

__all__ = ["clinic"]


async def renewed(world: World, clinic: Clinic) -> SecretStr:
    """As an admin has it, who sees it once."""
    key = await new_key(world.services.db, world.workspace.id, new_id().hex)
    headers = {"authorization": f"Bearer {key}"}
    accounts = (await clinic.page.get("/api/accounts", headers=headers)).json()["items"]
    [account] = [each for each in accounts if each["channel"] == "webchat"]
    answer = await clinic.page.post(
        f"/api/accounts/{account['id']}/secrets", headers=headers, json={"field": "identity_secret"}
    )
    assert answer.status_code == 201, answer.text
    assert "dwi_" not in str(answer.json()["settings"])
    return SecretStr(answer.json()["issued"]["identity_secret"])


async def identify(visitor: Visitor, secret: SecretStr, email: str, **more: Any) -> int:
    signed = hmac.digest(secret.get_secret_value().encode(), email.lower().encode(), sha256).hex()
    answer = await visitor.page.post(
        "/api/chat-widget/identify", json={"session_id": visitor.session, "email": email, "hash": signed, **more}
    )
    return answer.status_code


async def test_a_vouched_visitor_is_the_contact_who_mailed_in_every_session(clinic: Clinic) -> None:
    secret = await renewed(clinic.world, clinic)
    await clinic.mail("My left knee hurts since Monday.")
    [ada] = await clinic.contacts()
    before, after = clinic.visitor(), clinic.visitor()
    await before.says("Is there parking?")
    assert await identify(before, secret, ADA.upper(), name="Mallory", user_id=None) == 200
    assert await identify(before, secret, ADA) == 200
    assert await identify(after, secret, ADA) == 200
    [only] = await clinic.contacts()
    assert (only["id"], only["name"]) == (ada["id"], ada["name"])
    rows = await clinic.world.rows(
        "SELECT identity, proved FROM conversation WHERE workspace_id = %s AND channel = 'webchat'"
    )
    assert [(row["identity"], row["proved"]) for row in rows] == [("verified", [f"email:{ADA}"])] * 2
    proofs = await clinic.world.rows("SELECT verified_by FROM address WHERE workspace_id = %s AND kind = 'visitor'")
    assert {row["verified_by"] for row in proofs} == {"host"}


async def test_somebody_else_who_signs_in_gets_no_chat_of_the_first(clinic: Clinic) -> None:
    secret = await renewed(clinic.world, clinic)
    visitor = clinic.visitor()
    assert await identify(visitor, secret, ADA, name="Ada") == 200
    assert await identify(visitor, secret, "eve@example.com", name="Eve") == 409
    [ada] = await clinic.contacts()
    assert ada["name"] == "Ada"


async def test_the_secret_before_the_last_renewal_counts_until_it_is_removed(clinic: Clinic) -> None:
    first = await renewed(clinic.world, clinic)
    second = await renewed(clinic.world, clinic)
    assert [await identify(clinic.visitor(), secret, ADA) for secret in (first, second)] == [200, 200]
    await renewed(clinic.world, clinic)
    assert [await identify(clinic.visitor(), secret, ADA) for secret in (first, second)] == [403, 200]


async def test_what_a_visitor_types_is_told_to_the_desk_and_not_stored(clinic: Clinic) -> None:
    visitor = clinic.visitor()
    await visitor.call("typing")
    await visitor.says("Is there parking?")
    await visitor.call("typing")
    assert len(await visitor.sees()) == 2
