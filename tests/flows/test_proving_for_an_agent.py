"""A visitor asks an agent for something private: told how to prove who they are, they do, and then are told."""

from typing import Any

from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.test_chat_story import ADA, Clinic, clinic

__all__ = ["clinic", "use_model"]


def results(messages: list[Any]) -> str:
    return str([part.content for part in messages[-1].parts if part.part_kind == "tool-return"])


async def test_an_agent_learns_how_to_prove_offers_it_and_then_may_tell(clinic: Clinic, use_model: UseModel) -> None:
    await clinic.mail("My left knee hurts since Monday.")
    await clinic.world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    visitor = clinic.visitor()
    told: list[str] = []

    def keep(messages: list[Any]) -> str:
        told.append(results(messages))
        return "Which e-mail address do we know you by?"

    use_model(Script(call("look_up_contact"), keep))
    await visitor.says("Which address do you have of me?")
    assert "six-digit code is mailed there" in told[0]
    assert ADA not in told[0]

    def noted(messages: list[Any]) -> Any:
        return call("update_contact", email=ADA) if results(messages) == "[]" else "A code is on its way."

    use_model(Script(noted))
    said = await visitor.says(f"It is {ADA}")
    assert any("six-digit code" in text for text in said), said

    def looks(messages: list[Any]) -> Any:
        if results(messages) == "[]":
            return [call("look_up_contact"), call("look_up_timeline")]
        told.append(results(messages))
        return "You are Ada."

    use_model(Script(looks))
    await visitor.says(clinic.codes()[-1])
    assert (await visitor.says("So who am I?"))[-1] == "You are Ada."
    assert ADA in told[-1]
    assert "how_to_prove" not in told[-1]
