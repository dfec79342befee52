"""Log lines: one format for all, and nobody's address or words outside `pii.`."""

import asyncio
import logging
import warnings

import psycopg
import pytest
import structlog
from aiosmtplib import SMTPRecipientRefused

from dynaris.channels.contract import Refused, TryLater
from dynaris.core.db import Database
from dynaris.core.errors import NotFound
from dynaris.core.masking import described, masked
from dynaris.workspaces.actions import NewWorkspace
from tests.fakes.logs import logged

log = structlog.get_logger()

ADDRESS = "canary.bird@private.example"


@pytest.mark.parametrize("logger", ["uvicorn.error", "aiohttp.client", "opentelemetry.sdk", "asyncio", "py.warnings"])
def test_a_librarys_line_is_an_event_like_ours_and_its_values_are_masked(logger: str) -> None:
    with logged() as lines, structlog.contextvars.bound_contextvars(workspace="w1"):
        logging.getLogger(logger).warning("peer %s said 'my dear' from " + ADDRESS, ADDRESS)
        logging.getLogger(logger).warning(f"refused: {ADDRESS}")
    templated, sentence = lines.parsed()
    assert (templated["event"], templated["logger"], templated["level"]) == ("library", logger, "warning")
    assert templated["workspace"] == "w1"
    assert sentence["said"] == "refused: …@…"
    assert ADDRESS not in lines.getvalue()


def test_warnings_are_events_too() -> None:
    with logged() as lines, warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)
    assert any(line["logger"] == "py.warnings" for line in lines.parsed())


def test_personal_fields_are_left_out_unless_they_are_asked_for() -> None:
    for pii in (False, True):
        with logged(pii=pii) as lines:
            log.info("mail.arrived", **{"pii.sender": ADDRESS, "size": 3})
        assert lines.parsed()[0].get("pii.sender") == (ADDRESS if pii else None)


async def test_a_violated_constraint_is_named_without_the_row(db: Database, workspace: NewWorkspace) -> None:
    with logged() as lines:
        try:
            async with db.workspace(workspace.id) as connection:
                for _ in range(2):
                    await connection.execute(
                        """INSERT INTO address (workspace_id, id, contact_id, kind, value)
                           VALUES (%s, %s, %s, 'email', %s)""",
                        (workspace.id, workspace.id, workspace.id, ADDRESS),
                    )
        except psycopg.Error as error:
            log.exception("contact.failed", error=error)
    [line] = lines.parsed()
    assert "address" in line["error"]
    assert line["error"] == line["raised"]
    assert any("tests/core/test_log.py" in place for place in line["at"])
    assert ADDRESS not in lines.getvalue()


@pytest.mark.parametrize(
    "error",
    [
        SMTPRecipientRefused(550, f"5.1.1 <{ADDRESS}>: no such user", ADDRESS),
        Refused(f"mx.example said 550 <{ADDRESS}>: unknown"),
        TryLater(f"450 {ADDRESS} is busy"),
        ValueError(f"what is {ADDRESS}"),
        UnicodeDecodeError("ascii", ADDRESS.encode(), 0, 1, "odd"),
        NotFound(f"nobody has {ADDRESS}"),
        OSError(5, "Input/output error", f"/home/{ADDRESS}"),
        ExceptionGroup(f"of {ADDRESS}", [KeyError(ADDRESS)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exceptions_words_are_personal_but_its_kind_is_said(error: Exception) -> None:
    with logged() as lines:
        for given in (error, repr(error)):
            log.error("it.failed", error=given, exc_info=error)
        asyncio.new_event_loop().call_exception_handler({"message": "lost", "exception": error})
    assert all(ADDRESS not in line for line in lines.getvalue().splitlines())
    assert lines.parsed()[0]["error"].startswith(type(error).__name__)
    with logged(pii=True) as lines:
        log.error("it.failed", error=error)
    assert lines.parsed()[0]["pii.error"] == repr(error)


def test_where_it_happened_is_said_with_what_caused_it() -> None:
    def breaks() -> None:
        raise KeyError(ADDRESS)

    with logged() as lines:
        try:
            try:
                breaks()
            except KeyError as error:
                raise NotFound("it is gone") from error
        except NotFound:
            log.exception("story.failed")
    [line] = lines.parsed()
    assert line["raised"] == "NotFound: it is gone"
    assert "because of KeyError" in line["at"]
    assert line["at"][-1].endswith("breaks")


def test_masking_keeps_what_says_something() -> None:
    assert masked("connection to 127.0.0.1, port 5432 failed: refused") == (
        "connection to 127.0.0.1, port 5432 failed: refused"
    )
    assert masked("call +49 170 1234567 or 'Ann Lee'") == "call … or '…'"
    assert described(ConnectionRefusedError(111, "Connection refused")) == "ConnectionRefusedError: Connection refused"
