"""What a tool sends while a run goes on says nothing of how the run's inquiry ends: only the run's own reply does."""

from typing import Any
from uuid import UUID

import pytest

from dynaris.app.doctor.finding import Examined
from dynaris.app.doctor.work import outbox
from dynaris.pipeline.deliver import deliver
from dynaris.sandbox.faults import Fault
from dynaris.sandbox.process import RunningSandbox
from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.conftest import Sink, World
from tests.flows.test_crashes import Crash
from tests.flows.test_mail_story import mail_account, sandbox

__all__ = ["sandbox", "use_model"]

MAIL = call("send_email", subject="Prices", text="A first assessment costs €75.")


@pytest.fixture
async def selling(world: World, sandbox: RunningSandbox) -> World:
    """The sales agent answers with the scripted model, and may write mails."""
    await mail_account(world, sandbox)
    await world.rows("UPDATE account SET agent = 'email_sales' WHERE workspace_id = %s RETURNING id")
    await world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    world.services.accounts.forget()
    return world


async def dies_after_the_tool(world: World, sink: Sink, use_model: UseModel) -> tuple[UUID, UUID]:
    """An event whose run is to be gone on with, and the tool's mail, which is still to be sent."""

    def dies(_: Any) -> Any:
        raise Crash

    use_model(Script(MAIL, dies))
    accepted = await world.say("Please mail me your prices.", reply_url=sink.url)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever a crash is wrapped in
        await world.settle()
    [row] = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s")
    return accepted.event_id, row["id"]


@pytest.mark.parametrize(
    ("fault", "fate"),
    [(None, "sent"), ("try_later", "queued"), ("refused", "failed"), ("lost_receipt", "unknown")],
)
async def test_whatever_becomes_of_it_the_run_goes_on_to_its_reply(
    selling: World, sandbox: RunningSandbox, sink: Sink, use_model: UseModel, fault: Any, fate: str
) -> None:
    event_id, mail = await dies_after_the_tool(selling, sink, use_model)
    if fault:
        sandbox.faults.add(Fault(fault))
    assert await deliver(selling.services, selling.workspace.id, mail) == fate
    assert (await selling.event(event_id))["status"] == "queued"
    use_model(Script(MAIL, "I have sent you our prices."))
    await selling.settle()

    event = await selling.event(event_id)
    assert (event["status"], event["outcome"], sink.texts) == ("done", "answered", ["I have sent you our prices."])
    [run] = await selling.rows("SELECT status FROM run WHERE workspace_id = %s")
    assert run["status"] == "done"
    told = await selling.rows("SELECT id FROM notification WHERE workspace_id = %s")
    assert bool(told) == (fate in ("failed", "unknown"))  # a mail that did not go out is somebody's


async def test_a_run_that_nobody_goes_on_with_is_told_by_the_doctor(
    selling: World, sink: Sink, use_model: UseModel
) -> None:
    event_id, _ = await dies_after_the_tool(selling, sink, use_model)
    examined = Examined(
        settings=selling.services.settings,
        db=selling.services.db,
        vault=None,
        workspaces=((selling.workspace.id, "clinic"),),
        work={("workers_alive", "", ""): 1.0},
        local=False,
    )
    assert [finding.status for finding in await outbox(examined)] == ["ok"]  # its lane takes it up
    await selling.rows(
        "UPDATE event SET status = 'done', outcome = 'answered' WHERE workspace_id = %s AND id = %s RETURNING id",
        event_id,
    )
    [finding] = await outbox(examined)
    assert (finding.status, "1 runs of the last 24 h did not come to an end" in finding.found) == ("warning", True)


async def test_one_that_the_contact_does_not_want_leaves_the_inquiry_to_be_answered(
    selling: World, sink: Sink, use_model: UseModel
) -> None:
    event_id, mail = await dies_after_the_tool(selling, sink, use_model)
    await selling.rows("UPDATE contact SET blocked_channels = '{email}' WHERE workspace_id = %s RETURNING id")
    assert await deliver(selling.services, selling.workspace.id, mail) == "cancelled"
    assert (await selling.event(event_id))["status"] == "queued"


@pytest.mark.parametrize(
    "to", ["not an address", "a@b@c", "+49 151 1", "x@example.com, y@bank.example", "", "Ada <ada@example.com>", "@"]
)
async def test_one_to_what_is_no_address_is_told_to_the_model_and_the_contact_is_answered(
    selling: World, sink: Sink, use_model: UseModel, to: str
) -> None:
    script = Script(call("send_email", subject="Prices", text="€75.", to=to), "It costs €75.")
    use_model(script)
    accepted = await selling.say("Please mail me your prices.", reply_url=sink.url)
    await selling.settle()
    assert (await selling.event(accepted.event_id))["outcome"] == "answered"
    assert sink.texts == ["It costs €75."]
    mails = await selling.rows("SELECT recipient FROM outbox WHERE workspace_id = %s AND event_id IS NULL")
    assert [mail["recipient"] for mail in mails] == (["ada@example.com"] if to == "" else [])
    assert to == "" or "expected an e-mail address" in str(script.asked[-1][-1])
