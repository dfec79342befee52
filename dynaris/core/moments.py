"""Times that others write: far from the ends of what Python and PostgreSQL can count with, in every time zone."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _plausible(moment: datetime) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise ValueError(f"expected a time between the years {_FIRST.year} and {_LAST.year}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
