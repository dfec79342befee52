"""The command line's one line for whatever ended a command."""

import psycopg
import pytest

from dynaris.app import cli


def test_a_database_that_fails_in_the_middle_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(**_: object) -> None:
        raise psycopg.OperationalError("server closed the connection\n\tunexpectedly")

    monkeypatch.setattr(cli, "app", gone)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "dynaris: the database failed: server closed the connection unexpectedly\n"
