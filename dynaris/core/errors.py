"""The product's errors, one tree: each knows its code, its HTTP status and whether trying again helps."""

from typing import Any, ClassVar


class DynarisError(Exception):
    """`str(error)` says what was expected and what came; it is shown to the caller."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class InvalidInput(DynarisError):
    code = "invalid_input"
    status = 422


class MalformedRequest(DynarisError):
    code = "malformed_request"
    status = 400


class Unauthenticated(DynarisError):
    code = "unauthenticated"
    status = 401


class Forbidden(DynarisError):
    code = "forbidden"
    status = 403


class NoWorkspace(Forbidden):
    """A person who is signed in and works in no workspace."""

    code = "no_workspace"


class NotFound(DynarisError):
    code = "not_found"
    status = 404


class Conflict(DynarisError):
    """The thing is not in the state that the request needs."""

    code = "conflict"
    status = 409


class SlotTaken(Conflict):
    """Somebody else has the time."""

    code = "slot_taken"


class NotBookable(Conflict):
    """A time that the rules of a service do not allow."""

    code = "not_bookable"


class Gone(DynarisError):
    """It was there, and works no more: a link that was used, has expired or was taken back."""

    code = "gone"
    status = 410


class NotProved(Conflict):
    """An address has to be confirmed first."""

    code = "not_proved"


class TooLarge(DynarisError):
    code = "too_large"
    status = 413


class TooSlow(DynarisError):
    """The rest of a request did not come in time."""

    code = "too_slow"
    status = 408
    retry = True


class TooManyRequests(DynarisError):
    code = "too_many_requests"
    status = 429
    retry = True


class Unavailable(DynarisError):
    """Something we need (database, provider) does not answer now."""

    code = "unavailable"
    status = 503
    retry = True


class NoDatabase(Unavailable):
    """Not the fault of what was being done: it costs no try."""


class NoStorage(Unavailable):
    """Files cannot be stored now: no room, or a bucket that does not answer. It costs no try either."""


class StartupError(DynarisError):
    """A reason not to start: printed as one line, exit code 1."""

    code = "startup"
