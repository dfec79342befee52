"""What lies in the home is closed to other users, also where an older release left it open."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynaris.core.private import keep_private, make_home, private_folder


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask 000", "umask 022", "umask 077"], autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    assert mode(private_folder(tmp_path / "files")) == 0o700


def test_an_open_folder_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    (folder / "mail" / "a@example.com").mkdir(parents=True)
    letter = folder / "mail" / "a@example.com" / "1.eml"
    letter.write_text("private")
    for path in (letter, *letter.parents[:3]):
        path.chmod(0o755)
    private_folder(folder)
    assert [mode(path) for path in (letter, *letter.parents[:3])] == [0o600, 0o700, 0o700, 0o700]


def test_what_a_process_creates_is_its_owners_alone(tmp_path: Path) -> None:
    keep_private()
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)


def test_a_new_home_lets_the_databases_user_pass_and_nobody_read(tmp_path: Path) -> None:
    home = tmp_path / "parent" / "home"
    make_home(home)
    wanted = 0o711 if os.geteuid() == 0 else 0o700
    assert (mode(home), mode(home.parent)) == (wanted, wanted)


def test_a_home_that_is_there_stays_as_its_owner_left_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    make_home(tmp_path)
    assert mode(tmp_path) == 0o750
