"""What a confirmation says beside the appointment: what was asked with it, and nothing else."""

import pytest

from dynaris.knowledge.actions import add_source
from tests.flows.conftest import World
from tests.flows.test_booking_story import Clinic, clinic, monday, numbered

__all__ = ["clinic", "monday"]

QUESTION = "How do I cancel or move an appointment?"
RULE = "You can cancel or move an appointment free of charge up to 24 hours before it starts."


@pytest.fixture(autouse=True)
async def rule(world: World) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        written = f"Q: {QUESTION}\nA: {RULE}"
        await add_source(connection, world.workspace.id, kind="faq", title=QUESTION, content=written, language="en")


@pytest.mark.parametrize(
    ("wish", "choice", "told"),
    [
        ("A massage on Thursday morning, please", "the first one", "is booked"),
        ("Eine Massage am Donnerstag um 10 Uhr bitte", "ja gerne", "ist gebucht"),
        ("Quisiera un masaje el miércoles por la mañana", "la segunda", "reservada"),
        ("Je voudrais un massage vendredi après 16h", "oui, la première", "réservé"),
    ],
)
async def test_a_rule_that_nobody_asked_for_is_not_recited(clinic: Clinic, wish: str, choice: str, told: str) -> None:
    assert numbered(await clinic.hears(wish))
    booked = await clinic.hears(choice)
    assert told in booked
    assert RULE not in booked


async def test_the_rule_is_told_to_who_asks_for_it_while_choosing(clinic: Clinic) -> None:
    await clinic.hears("A massage on Thursday morning, please")
    booked = await clinic.hears("The first one, please. How can I cancel it if I have to?")
    assert "is booked" in booked
    assert RULE in booked


@pytest.mark.parametrize(
    ("wish", "choice"),
    [
        ("A massage on Thursday morning, please", "Yes, the first one works for me. Could you confirm please?"),
        ("Eine Massage am Donnerstagvormittag bitte", "Ja, den ersten bitte. Können Sie mir das bestätigen?"),
        ("Eine Massage am Donnerstag um 10 Uhr bitte", "Dann nehme ich 10:00. Können Sie mir das bestätigen?"),
        ("Quisiera un masaje el miércoles por la mañana", "La primera, por favor. ¿Me lo puede confirmar?"),
        ("Je voudrais un massage vendredi après 16h", "Oui, la première. Vous me confirmez le rendez-vous ?"),
    ],
)
async def test_who_asks_for_a_confirmation_has_it_with_the_booking(clinic: Clinic, wish: str, choice: str) -> None:
    assert numbered(await clinic.hears(wish))
    booked = await clinic.hears(choice)
    assert [status for status, _, _ in await clinic.bookings()] == ["confirmed"], booked
    assert "onfirm" not in booked
    assert "bestätig" not in booked
