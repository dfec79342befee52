"""The life of a booking: held, confirmed, moved, cancelled, over; each done twice is done once."""

from datetime import timedelta
from decimal import Decimal

from dynaris.scheduling.actions import confirm
from tests.scheduling.conftest import Clinic, at


async def test_a_hold_is_confirmed_with_the_price_of_its_day(clinic: Clinic) -> None:
    held = await clinic.held("Massage", at(24, 10), staff="Anna")
    assert (held.status, held.staff, held.held_until) == ("held", "Anna", clinic.now + timedelta(minutes=10))
    await clinic.rows("UPDATE service SET price = 99 WHERE workspace_id = %(ws)s")
    booked = await clinic.do(confirm, held)
    assert (booked.status, booked.price, booked.currency) == ("confirmed", Decimal(69), "EUR")
    assert booked.ends_at == at(24, 11)
    assert booked.model_dump(mode="json")["price"] == "69.00"
    assert await clinic.do(confirm, held) == booked
