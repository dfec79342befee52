"""Is this a restored copy that waits to be started?"""

from dynaris.app.doctor.finding import Examined, Finding, warning
from dynaris.app.standby import standby_reason


async def standby(examined: Examined) -> list[Finding]:
    if examined.db is None:
        return []
    reason = await standby_reason(examined.db)
    if reason is None:
        return []
    remedy = "when the original has ended for good, run `dynaris activate`"
    return [warning("standby", f"nothing is answered or sent here: {reason}", remedy)]
