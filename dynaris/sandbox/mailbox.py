"""The sandbox's mail store: a mailbox for every address that ever got mail or was signed in to.

On disk it is `<folder>/mail/<address>/<uid>.eml`, with IMAP folders other than the inbox one level below.
Each folder keeps its newest 500 mails and 256 MiB; the oldest are dropped.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dynaris.sandbox.mail_folder import MailFolder, StoredMail, stored_name
from dynaris.sandbox.safe_names import plain_address, safe_name

INBOX = "INBOX"


class Mailbox:
    """`folder` is the sandbox's own folder, `<home>/sandbox`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = folder / "mail"
        self._watchers: dict[Path, list[Callable[[], None]]] = defaultdict(list)

    def addresses(self) -> list[str]:
        """Every address that has a mailbox, in alphabetical order."""
        return sorted(name for path in _folders_in(self._root) if (name := stored_name(path)))

    def inbox(self, address: str) -> MailFolder:
        """The inbox of an address; call `create()` to make it appear in `addresses()`."""
        plain = plain_address(address)
        path = self._root / safe_name(plain)
        return MailFolder(path, plain, lambda: self._changed(path))

    def named_folder(self, address: str, name: str) -> MailFolder:
        if name.upper() == INBOX:
            return self.inbox(address)
        path = self.inbox(address).path / safe_name(name)
        return MailFolder(path, name, lambda: self._changed(path))

    def folder_names(self, address: str) -> list[str]:
        paths = _folders_in(self.inbox(address).path)
        return [INBOX, *sorted(name for path in paths if (name := stored_name(path)))]

    def deliver(self, address: str, content: bytes) -> StoredMail:
        return self.inbox(address).add(content)

    @contextmanager
    def watching(self, folder: MailFolder, changed: Callable[[], None]) -> Iterator[None]:
        """Calls `changed` whenever this process changes the folder."""
        self._watchers[folder.path].append(changed)
        try:
            yield
        finally:
            self._watchers[folder.path].remove(changed)
            if not self._watchers[folder.path]:
                del self._watchers[folder.path]

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        for leftover in self._root.rglob(".*.tmp"):
            leftover.unlink(missing_ok=True)

    def _changed(self, path: Path) -> None:
        for changed in tuple(self._watchers.get(path, ())):
            changed()


def _folders_in(path: Path) -> list[Path]:
    try:
        return [entry for entry in path.iterdir() if entry.is_dir()]
    except FileNotFoundError:
        return []
