"""Invitations to a workspace: sent by mail, accepted once, for seven days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, Forbidden, Gone, InvalidInput, NotFound, Unauthenticated
from dynaris.core.ids import new_id, new_token, token_hash
from dynaris.core.settings import Settings
from dynaris.people import mail, mail_texts, persons, sessions, throttle
from dynaris.people.passwords import check_new_password, hashing
from dynaris.people.persons import Person
from dynaris.people.sessions import Opened
from dynaris.people.sign_up import lock_address
from dynaris.people.visitor import Visitor
from dynaris.workspaces.access import Access, Session
from dynaris.workspaces.actions import add_member, record
from dynaris.workspaces.queries import hold_admin

DAYS = 7
_SHOWN = "id, email, role, invited_by, sent, created_at, expires_at"


async def invite(db: Database, settings: Settings, access: Access, *, email: str, role: str) -> dict[str, Any]:
    """The invitation, mailed. One that has expired unanswered is replaced."""
    _may_give(access, role)
    address = persons.normal_address(email)
    may_mail = await _may_mail(db, access, address)
    token, invitation_id = new_token(), new_id()
    async with db.transaction(access.workspace_id) as connection:
        _may_give(access, role, await hold_admin(connection, access.workspace_id, access.member_id))
        await _refuse_members(connection, access.workspace_id, address)
        cursor = await connection.execute(
            f"""INSERT INTO invitation (workspace_id, id, email, role, invited_by, token_hash, expires_at, sent)
                VALUES (%(ws)s, %(id)s, %(email)s, %(role)s, %(by)s, %(hash)s, %(until)s, %(sent)s)
                ON CONFLICT (workspace_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL
                DO UPDATE SET role = excluded.role, invited_by = excluded.invited_by,
                    sent = invitation.sent + excluded.sent, token_hash = excluded.token_hash,
                    expires_at = excluded.expires_at
                    WHERE invitation.expires_at <= clock_timestamp()
                RETURNING {_SHOWN}""",
            {
                "ws": access.workspace_id,
                "id": invitation_id,
                "email": address,
                "role": role,
                "by": access.actor,
                "hash": token_hash(token),
                "until": clock.now() + timedelta(days=DAYS),
                "sent": int(may_mail),
            },
        )
        row = await cursor.fetchone()
        if row is None:
            raise Conflict(f"{address} is invited already: send that invitation again, or take it back")
        if may_mail:
            await _mail(connection, settings, access, row, token)
        await _record(connection, access.workspace_id, access.actor, "invitation.sent", row)
    return row


async def resend(db: Database, settings: Settings, access: Access, invitation_id: UUID) -> dict[str, Any]:
    """Under a new link: the earlier one works no more."""
    async with db.workspace(access.workspace_id) as connection:
        found = await _open(connection, access.workspace_id, invitation_id)
    _may_give(access, found["role"])
    if not await _may_mail(db, access, found["email"]):
        return found  # its link of before goes on working
    token = new_token()
    async with db.transaction(access.workspace_id) as connection:
        _may_give(access, found["role"], await hold_admin(connection, access.workspace_id, access.member_id))
        cursor = await connection.execute(
            f"""UPDATE invitation SET token_hash = %s, expires_at = %s, sent = sent + 1, invited_by = %s
                WHERE workspace_id = %s AND id = %s AND accepted_at IS NULL AND revoked_at IS NULL
                RETURNING {_SHOWN}""",
            (token_hash(token), clock.now() + timedelta(days=DAYS), access.actor, access.workspace_id, invitation_id),
        )
        row = await cursor.fetchone()
        if row is None:
            raise Conflict("this invitation was accepted or taken back")
        await _mail(connection, settings, access, row, token)
        await _record(connection, access.workspace_id, access.actor, "invitation.sent", row)
    return row


async def revoke(db: Database, access: Access, invitation_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        found = await _open(connection, access.workspace_id, invitation_id)
        _may_give(access, found["role"])
        cursor = await connection.execute(
            f"""UPDATE invitation SET revoked_at = clock_timestamp()
                WHERE workspace_id = %s AND id = %s AND accepted_at IS NULL AND revoked_at IS NULL
                RETURNING {_SHOWN}""",
            (access.workspace_id, invitation_id),
        )
        row = await cursor.fetchone()
        if row is None:
            raise Conflict("this invitation was accepted or taken back")
        await _record(connection, access.workspace_id, access.actor, "invitation.revoked", row)


async def revoke_made_by(connection: Connection, access: Access, maker: str, *, roles: list[str]) -> None:
    """Those that nobody answered yet."""
    cursor = await connection.execute(
        f"""UPDATE invitation SET revoked_at = clock_timestamp()
            WHERE workspace_id = %s AND invited_by = %s AND role = ANY (%s) AND accepted_at IS NULL
              AND revoked_at IS NULL RETURNING {_SHOWN}""",
        (access.workspace_id, maker, roles),
    )
    for row in await cursor.fetchall():
        await _record(connection, access.workspace_id, access.actor, "invitation.revoked", row)


async def listed(connection: Connection, workspace_id: UUID, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit + 1` that nobody answered, oldest first; also expired ones."""
    cursor = await connection.execute(
        f"""SELECT {_SHOWN} FROM invitation
            WHERE workspace_id = %(ws)s AND accepted_at IS NULL AND revoked_at IS NULL
              AND (%(after)s::uuid IS NULL OR id > %(after)s)
            ORDER BY id LIMIT %(most)s""",
        {"ws": workspace_id, "after": after, "most": limit + 1},
    )
    return await cursor.fetchall()


async def look(db: Database, token: str) -> dict[str, Any]:
    """What the link is for, without using it up; `has_account`: sign in to accept. Raises `Gone`."""
    async with db.system() as connection:
        invitation = await _by_token(connection, token)
        person = await persons.by_email(connection, invitation["email"])
    return {**invitation, "has_account": not _is_new(person)}


async def accept_new(db: Database, *, token: str, name: str, password: str, visitor: Visitor) -> Opened:
    """As a new person: the link proves the address. Raises `Unauthenticated` where the address has an account."""
    async with db.system() as connection:
        await throttle.take(connection, throttle.LINK_NETWORK, visitor.network)
        invitation = await _by_token(connection, token)
        person = await persons.by_email(connection, invitation["email"])
    if not _is_new(person):
        raise Unauthenticated(f"{invitation['email']} has an account: sign in, then accept")
    check_new_password(password, email=invitation["email"], names=(name, invitation["workspace"]))
    hashed = await hashing.hash(password)
    async with db.transaction(invitation["workspace_id"]) as connection:
        await lock_address(connection, invitation["email"])
        person = await persons.by_email(connection, invitation["email"])
        if not _is_new(person):
            raise Unauthenticated(f"{invitation['email']} has an account by now: sign in, then accept")
        person_id = await persons.create(connection, email=invitation["email"], name=name)
        await persons.set_password(connection, person_id, hashed)
        await _join(connection, invitation, person_id=person_id, name=person.name if person else name)
        return await sessions.open_session(connection, person_id, visitor, invitation["workspace_id"])


async def accept_signed_in(db: Database, session: Session, *, token: str) -> str:
    """As the signed-in person, whose address it must be. The session's new token, in that workspace."""
    async with db.system() as connection:
        invitation = await _by_token(connection, token)
    if invitation["email"] != session.email:
        raise Forbidden(f"this invitation is for {invitation['email']}; you are signed in as {session.email}")
    async with db.transaction(invitation["workspace_id"]) as connection:
        await persons.verify(connection, session.person_id)
        await _join(connection, invitation, person_id=session.person_id, name=session.name)
        return await sessions.renew(connection, session, invitation["workspace_id"])


async def _join(connection: Connection, invitation: dict[str, Any], *, person_id: UUID, name: str) -> None:
    """Once: of two at the same moment one comes in."""
    workspace_id = invitation["workspace_id"]
    cursor = await connection.execute(
        """UPDATE invitation SET accepted_at = clock_timestamp() WHERE workspace_id = %s AND id = %s
           AND token_hash = %s AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > clock_timestamp()
           RETURNING role""",
        (workspace_id, invitation["id"], invitation["token_hash"]),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Gone("this invitation was accepted, taken back or replaced by a newer one")
    await _refuse_members(connection, workspace_id, invitation["email"], person_id)
    member_id = await add_member(
        connection, workspace_id, person_id=person_id, email=invitation["email"], name=name, role=row["role"]
    )
    await record(
        connection,
        workspace_id,
        actor=f"member:{member_id}",
        action="invitation.accepted",
        subject=f"invitation:{invitation['id']}",
        detail={"email": invitation["email"], "role": row["role"]},
    )


async def _by_token(connection: Connection, token: str) -> dict[str, Any]:
    hashed = token_hash(token)
    row = await (await connection.execute("SELECT * FROM invitation_by_token(%s)", (hashed,))).fetchone()
    if row is None:
        raise Gone("this invitation is unknown, or was replaced by a newer one: use the link of the newest mail")
    if row["revoked_at"]:
        raise Gone("this invitation was taken back")
    if row["accepted_at"]:
        raise Gone("this invitation was accepted already: sign in")
    if row["expires_at"] <= clock.now():
        raise Gone("this invitation has expired: ask for a new one")
    return {**row, "token_hash": hashed}


def _is_new(person: Person | None) -> bool:
    """Also somebody whom only an operator named, and who has never signed in by themselves."""
    return person is None or (person.password_hash is None and not person.verified)


async def _refuse_members(
    connection: Connection, workspace_id: UUID, email: str, person_id: UUID | None = None
) -> None:
    """Whoever works there keeps their role."""
    cursor = await connection.execute(
        """SELECT id FROM member WHERE workspace_id = %s AND (email = %s OR person_id = %s) AND removed_at IS NULL""",
        (workspace_id, email, person_id),
    )
    if await cursor.fetchone():
        raise Conflict(f"{email} works in this workspace already")


async def _may_mail(db: Database, access: Access, address: str) -> bool:
    """Raises `TooManyRequests` for what this workspace did. What others sent to the address costs only the mail."""
    async with db.system() as connection:
        await throttle.take(connection, throttle.INVITE_WORKSPACE, str(access.workspace_id))
        await throttle.take(connection, throttle.INVITE_HERE, str(access.workspace_id), address)
        return await throttle.is_free(connection, throttle.INVITE_ADDRESS, address)


def _may_give(access: Access, role: str, own: str | None = None) -> None:
    """`own`: the role of who invites, where it was asked for again."""
    if role not in ("owner", "admin", "teammate"):
        raise InvalidInput(f"a role is owner, admin or teammate, not {role!r}")
    if role == "owner" and (own or access.role) != "owner":
        raise Forbidden(f"only owners invite owners; your role is {own or access.role}")


async def _open(connection: Connection, workspace_id: UUID, invitation_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_SHOWN}, accepted_at, revoked_at FROM invitation WHERE workspace_id = %s AND id = %s",
        (workspace_id, invitation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no invitation {invitation_id}")
    if row["accepted_at"] or row["revoked_at"]:
        raise Conflict(f"this invitation was {'accepted' if row['accepted_at'] else 'taken back'}")
    return row


async def _mail(
    connection: Connection, settings: Settings, access: Access, invitation: dict[str, Any], token: str
) -> None:
    cursor = await connection.execute(
        """SELECT w.name, (SELECT m.name FROM member m WHERE m.workspace_id = w.id AND m.id = %s) AS inviter
           FROM workspace w WHERE w.id = %s""",
        (access.member_id, access.workspace_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    text = mail_texts.invitation(
        row["name"], row["inviter"] or row["name"], invitation["role"], mail.link(settings, "/invitation", token)
    )
    await mail.send(connection, invitation["email"], text)


async def _record(
    connection: Connection, workspace_id: UUID, actor: str, action: str, invitation: dict[str, Any]
) -> None:
    detail = {"email": invitation["email"], "role": invitation["role"]}
    subject = f"invitation:{invitation['id']}"
    await record(connection, workspace_id, actor=actor, action=action, subject=subject, detail=detail)
