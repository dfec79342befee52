"""IMAP out: the sandbox mailbox for real mail clients (RFC 3501 with IDLE, UIDPLUS, MOVE, LITERAL+ and SASL-IR).

Written here because the one permissive Python server measured needs its own storage backend of several
hundred lines, reports wrong ENVELOPE dates and cannot be told to misbehave, which is half of what this is for.
"""
