"""What one client knows of its selected folder, and what it has to be told when the folder changes."""

from dynaris.sandbox.imap.syntax import SequenceSet, parenthesised
from dynaris.sandbox.mail_folder import MailFolder, StoredMail


class FolderReplaced(Exception):
    """UIDVALIDITY changed under a client; the protocol has no way to say so but to end the connection."""


class FolderView:
    """Sequence numbers are this client's: they change only when it has been told."""

    def __init__(self, folder: MailFolder, *, read_only: bool) -> None:
        self.folder = folder
        self.read_only = read_only
        self.uid_validity = folder.uid_validity()
        mails = folder.mails()
        self.uids = [mail.uid for mail in mails]
        self._flags = {mail.uid: mail.flags for mail in mails}

    def changes(self, *, expunges: bool) -> list[bytes]:
        """Untagged answers that bring the client up to date; `expunges` where the protocol allows these now."""
        if self.folder.uid_validity() != self.uid_validity:
            raise FolderReplaced
        mails = {mail.uid: mail for mail in self.folder.mails()}
        lines = self._expunged(mails) if expunges else []
        new = [uid for uid in mails if uid not in self._flags]
        if new:
            self.uids += new
            self._flags |= {uid: mails[uid].flags for uid in new}
            lines += [b"* %d EXISTS" % len(self.uids), b"* 0 RECENT"]
        for number, uid in enumerate(self.uids, 1):
            if uid in mails and mails[uid].flags != self._flags[uid]:
                self._flags[uid] = mails[uid].flags
                lines.append(b"* %d FETCH (UID %d FLAGS %b)" % (number, uid, flag_list(mails[uid].flags)))
        return lines

    def chosen(self, sequence_set: SequenceSet, *, by_uid: bool) -> list[tuple[int, int]]:
        """Pairs of sequence number and uid, in order."""
        pairs = list(enumerate(self.uids, 1))
        if not pairs:
            return []
        largest = pairs[-1][1] if by_uid else len(pairs)
        return [(number, uid) for number, uid in pairs if sequence_set.contains(uid if by_uid else number, largest)]

    def told_flags(self, mail: StoredMail) -> None:
        """The client has just been told, or has itself set, this mail's flags."""
        self._flags[mail.uid] = mail.flags

    def _expunged(self, mails: dict[int, StoredMail]) -> list[bytes]:
        lines = []
        for number in range(len(self.uids), 0, -1):  # from the end, so that earlier numbers still hold
            if (uid := self.uids[number - 1]) not in mails:
                del self.uids[number - 1], self._flags[uid]
                lines.append(b"* %d EXPUNGE" % number)
        return lines


def flag_list(flags: frozenset[str]) -> bytes:
    return parenthesised([flag.encode() for flag in sorted(flags)])
