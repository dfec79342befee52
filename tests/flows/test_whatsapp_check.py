"""`account check` of a number on WhatsApp: everything fine, and each thing that is wrong with what to do about it."""

from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.whatsapp.examine import examine
from dynaris.channels.whatsapp.graph import MetaTransport, Number
from dynaris.core.settings import Settings
from tests.flows.phones import Phones, phones

__all__ = ["phones"]


async def checked(phones: Phones) -> list[tuple[str, str]]:
    """Part and status of each finding; a failure names what to do."""
    found = await findings(phones)
    assert all(one["remedy"] for one in found if one["status"] != "ok"), found
    return [(one["part"], one["status"]) for one in found]


async def findings(phones: Phones) -> list[dict[str, Any]]:
    answer = await phones.owner.post(f"/api/accounts/{phones.account_id}/check")
    assert answer.status_code == 200, answer.text
    return answer.json()["findings"]


async def at_meta(phones: Phones, **changes: Any) -> None:
    (await phones.control.patch("account", json=changes)).raise_for_status()


async def at_ours(phones: Phones, **settings: Any) -> None:
    answer = await phones.owner.patch(f"/api/accounts/{phones.account_id}", json={"settings": settings})
    assert answer.status_code == 200, answer.text


async def test_a_number_that_works_is_said_to(phones: Phones) -> None:
    found = {one["part"]: one for one in await findings(phones)}
    assert {part: one["status"] for part, one in found.items()} == {"token": "ok", "number": "ok", "webhook": "ok"}
    assert "is registered, shown as Demo business" in found["number"]["found"]
    assert found["webhook"]["found"].endswith("/meta/webhook")


async def test_of_an_expired_token_only_the_token_is_said(phones: Phones) -> None:
    await at_meta(phones, token="expired")
    (token,) = await findings(phones)
    assert (token["part"], token["status"]) == ("token", "failed")
    assert token["found"].startswith("the access token has expired or was taken back (Meta 190: ")
    assert token["remedy"] == "give the account a new access token, of a system user, that does not expire"


async def test_a_token_of_somebody_else_is_not_accepted(phones: Phones) -> None:
    await at_ours(phones, access_token="EAA-of-another-app")
    (token,) = await findings(phones)
    assert "Cannot parse access token" in token["found"]


async def test_a_token_that_will_expire_is_said_before_it_does(phones: Phones) -> None:
    await at_meta(phones, token="expiring")
    assert await checked(phones) == [("token", "warning"), ("number", "ok"), ("webhook", "ok")]


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [
        (["whatsapp_business_management"], "whatsapp_business_messaging"),
        (["whatsapp_business_messaging"], "whatsapp_business_management"),
        ([], "whatsapp_business_messaging and whatsapp_business_management"),
    ],
)
async def test_missing_permissions_are_named(phones: Phones, scopes: list[str], lacks: str) -> None:
    await at_meta(phones, scopes=scopes)
    (token,) = await findings(phones)
    assert (token["status"], token["found"]) == ("failed", f"the token lacks {lacks}")
    assert token["remedy"] == "give its system user these permissions and make a new token"


async def test_a_number_that_is_not_registered_is_said_to_be_so(phones: Phones) -> None:
    await at_meta(phones, registered=False)
    number = (await findings(phones))[1]
    assert (number["part"], number["status"]) == ("number", "failed")
    assert "is not registered for the Cloud API" in number["found"]
    assert f"POST /{phones.running.credentials['phone_number_id']}/register" in number["remedy"]


async def test_another_telephone_number_than_metas_is_noticed(phones: Phones) -> None:
    await at_ours(phones, phone_number="+4915550100100")
    number = (await findings(phones))[1]
    assert (number["status"], number["remedy"]) == ("warning", "correct the phone number in the settings")


async def test_a_business_account_that_meta_does_not_know_is_named(phones: Phones) -> None:
    await at_ours(phones, waba_id="123456789012345")
    _, number, *webhook = await findings(phones)
    assert number["found"].startswith("Meta does not know the WhatsApp Business Account ID 123456789012345")
    assert "WhatsApp Manager" in number["remedy"]
    assert [one["status"] for one in webhook] == ["failed"]


async def test_a_phone_number_id_that_meta_does_not_know_is_named(phones: Phones) -> None:
    await phones.world.rows(
        "UPDATE account SET address = '999999999999999' WHERE workspace_id = %s AND id = %s RETURNING id",
        phones.account_id,
    )
    phones.world.services.accounts.forget()
    number = (await findings(phones))[1]
    assert number["found"].startswith("Meta does not know the phone number ID 999999999999999")


async def test_fields_that_the_webhook_does_not_hear_of_are_named(phones: Phones) -> None:
    await at_meta(phones, webhook_fields=["account_update"])
    webhook = (await findings(phones))[2]
    assert webhook["status"] == "failed"
    assert webhook["found"] == "the webhook does not hear of messages, message_template_status_update"
    await at_meta(phones, webhook_fields=["messages", "account_update"])
    webhook = (await findings(phones))[2]
    assert (webhook["status"], "message_template_status_update" in webhook["found"]) == ("warning", True)
    assert "subscribe these fields" in webhook["remedy"]


async def test_an_app_without_a_webhook_is_said_to_have_none(phones: Phones) -> None:
    await at_meta(phones, webhook_url=None)
    webhook = (await findings(phones))[2]
    assert (webhook["status"], webhook["found"]) == ("failed", "the Meta app has no webhook for WhatsApp")
    assert "/meta/webhook" in webhook["remedy"]


async def test_an_account_whose_messages_no_app_hears_of_is_noticed(phones: Phones) -> None:
    await at_meta(phones, subscribed=False)
    webhook = (await findings(phones))[2]
    assert (webhook["status"], webhook["found"]) == ("failed", "no app hears of this account's messages")
    assert webhook["remedy"] == f"subscribe it: POST /{phones.running.credentials['waba_id']}/subscribed_apps"


async def test_another_apps_secret_is_noticed(phones: Phones) -> None:
    await at_ours(phones, app_secret="of-another-app")
    webhook = (await findings(phones))[2]
    app = phones.running.credentials["app_id"]
    assert webhook["found"] == f"the app secret is not that of the app {app}: what Meta posts here is refused"
    assert webhook["remedy"] == "compare it with the one in the Meta app, under App settings, Basic"


async def test_another_app_that_hears_of_the_messages_is_not_ours(phones: Phones) -> None:
    account = await phones.world.services.accounts.by_id(phones.world.workspace.id, phones.account_id)
    transport = _AnotherApp()
    transport.configure(Settings(home=Path("/nowhere"), private_networks="loopback"))
    found = await examine(transport, account)
    await transport.close()
    assert found[2].found.startswith("another app (4242) hears of this account's messages")


async def test_where_meta_does_not_answer_that_is_what_is_said(phones: Phones, unused_tcp_port: int) -> None:
    await at_ours(phones, graph_url=f"http://127.0.0.1:{unused_tcp_port}")
    found = await findings(phones)
    assert "Meta cannot be reached" in found[0]["found"]
    assert found[0]["remedy"] == "look whether this machine reaches graph.facebook.com"


class _AnotherApp(MetaTransport):
    """The stand-in has one app only: here another one answers for it."""

    async def call(self, number: Number, method: str, path: str, **given: Any) -> dict[str, Any]:
        if path.endswith("/subscribed_apps"):
            return {"data": [{"whatsapp_business_api_data": {"id": "4242", "name": "Theirs"}}]}
        return await super().call(number, method, path, **given)


async def test_a_webhook_that_leads_elsewhere_is_said_to(phones: Phones) -> None:
    await at_meta(phones, webhook_url="http://127.0.0.1:1/hooks/whatsapp")
    webhook = (await findings(phones))[2]
    assert (webhook["part"], webhook["status"]) == ("webhook", "failed")
    assert "http://127.0.0.1:1/hooks/whatsapp" in webhook["found"]
    assert "/meta/webhook" in webhook["remedy"]


async def test_what_waited_for_an_account_leaves_once_it_is_said_to_work(phones: Phones) -> None:
    await at_meta(phones, token="expired")
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.world.settle()
    waits = (
        "SELECT status, due_at > clock_timestamp() + interval '1 minute' AS late FROM outbox WHERE workspace_id = %s"
    )
    assert await phones.world.rows(waits) == [{"status": "queued", "late": True}]
    path = f"/api/accounts/{phones.account_id}"
    assert "expired" in (await phones.owner.get(path)).json()["send_error"]
    await findings(phones)
    assert (await phones.owner.get(path)).json()["send_error"], "a check that failed changes nothing"
    await at_meta(phones, token="valid")
    await findings(phones)
    assert (await phones.owner.get(path)).json()["send_error"] is None
    assert await phones.world.rows(waits) == [{"status": "queued", "late": False}]
