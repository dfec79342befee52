"""Sign-in by password, one-time codes and providers; invitations; staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dynaris.migrations.security import definer, protect

revision = "0006"
down_revision = "0005"

SYSTEM = "00000000-0000-7000-8000-000000000001"  # the installation's own workspace: its mails are sent from there

_NOW = sa.func.clock_timestamp()


def _moment(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _uuid(name: str, **options: object) -> sa.Column:
    return sa.Column(name, postgresql.UUID(as_uuid=True), **options)


def _text(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.Text(), **options)


_PERSON = """TABLE (id uuid, email text, name text, verified boolean, staff boolean, password_hash text,
    totp_secret text, totp_on boolean)"""
_PERSON_ROW = """SELECT p.id, p.email, p.name, p.email_verified_at IS NOT NULL, p.staff, c.password_hash,
    c.totp_secret, coalesce(c.totp_on, false) FROM person p LEFT JOIN credential c ON c.person_id = p.id"""

PEOPLE = [
    definer("person_by_email(wanted text)", _PERSON, f"{_PERSON_ROW} WHERE p.email = wanted"),
    definer("person_by_id(wanted uuid)", _PERSON, f"{_PERSON_ROW} WHERE p.id = wanted"),
    definer(
        # Two statements, so that the second sees what another transaction changed while the first waited for it.
        "hold_person(wanted uuid)",
        _PERSON,
        f"SELECT FROM credential WHERE person_id = wanted FOR UPDATE; {_PERSON_ROW} WHERE p.id = wanted",
        volatile=True,
    ),
    definer(
        "verify_address(of_person uuid)",
        "void",
        "UPDATE person SET email_verified_at = clock_timestamp() WHERE id = of_person AND email_verified_at IS NULL",
        volatile=True,
    ),
    definer(
        "change_address(of_person uuid, new_email text)",
        "boolean",
        """WITH changed AS (
               UPDATE person SET email = new_email, email_verified_at = clock_timestamp() WHERE id = of_person
               AND NOT EXISTS (SELECT FROM person other WHERE other.email = new_email AND other.id <> of_person)
               RETURNING id),
           members AS (UPDATE member SET email = new_email WHERE person_id = (SELECT id FROM changed)),
           unlinked AS (DELETE FROM oidc_link WHERE person_id = (SELECT id FROM changed))
           SELECT EXISTS (SELECT FROM changed)""",
        volatile=True,
    ),
    definer(
        "set_password(of_person uuid, new_hash text)",
        "void",
        """INSERT INTO credential (person_id, password_hash, password_changed_at)
           VALUES (of_person, new_hash, clock_timestamp())
           ON CONFLICT (person_id) DO UPDATE SET password_hash = excluded.password_hash,
               password_changed_at = excluded.password_changed_at""",
        volatile=True,
    ),
    definer(
        "set_totp(of_person uuid, sealed text, is_on boolean)",
        "void",
        """INSERT INTO credential (person_id, totp_secret, totp_on) VALUES (of_person, sealed, is_on)
           ON CONFLICT (person_id) DO UPDATE SET totp_secret = excluded.totp_secret, totp_on = excluded.totp_on""",
        volatile=True,
    ),
    definer(
        "use_totp_step(of_person uuid, step bigint)",
        "boolean",
        """WITH used AS (UPDATE credential SET totp_step = step WHERE person_id = of_person AND totp_step < step
                         RETURNING 1)
           SELECT EXISTS (SELECT FROM used)""",
        volatile=True,
    ),
    definer(
        "set_recovery_codes(of_person uuid, hashes bytea[])",
        "void",
        """DELETE FROM recovery_code WHERE person_id = of_person;
           INSERT INTO recovery_code (person_id, code_hash) SELECT of_person, unnest(hashes)""",
        volatile=True,
    ),
    definer(
        "use_recovery_code(of_person uuid, hash bytea)",
        "boolean",
        """WITH used AS (UPDATE recovery_code SET used_at = clock_timestamp()
                         WHERE person_id = of_person AND code_hash = hash AND used_at IS NULL RETURNING 1)
           SELECT EXISTS (SELECT FROM used)""",
        volatile=True,
    ),
    definer(
        "recovery_codes_left(of_person uuid)",
        "bigint",
        "SELECT count(*) FROM recovery_code WHERE person_id = of_person AND used_at IS NULL",
    ),
    definer(
        "person_by_oidc(of_issuer text, of_subject text)",
        "uuid",
        "SELECT person_id FROM oidc_link WHERE issuer = of_issuer AND subject = of_subject",
    ),
    definer(
        "link_oidc(of_issuer text, of_subject text, to_person uuid)",
        "void",
        """INSERT INTO oidc_link (issuer, subject, person_id) VALUES (of_issuer, of_subject, to_person)
           ON CONFLICT (issuer, subject) DO NOTHING""",
        volatile=True,
    ),
    definer(
        "workspaces_of(of_person uuid)",
        "TABLE (id uuid, slug text, name text, role text, member_id uuid)",
        """SELECT w.id, w.slug, w.name, m.role, m.id FROM member m JOIN workspace w ON w.id = m.workspace_id
           WHERE m.person_id = of_person AND m.removed_at IS NULL ORDER BY w.name, w.id""",
    ),
    definer(
        "invitation_by_token(hash bytea)",
        """TABLE (id uuid, workspace_id uuid, workspace text, email text, role text, expires_at timestamptz,
            accepted_at timestamptz, revoked_at timestamptz)""",
        """SELECT i.id, i.workspace_id, w.name, i.email, i.role, i.expires_at, i.accepted_at, i.revoked_at
           FROM invitation i JOIN workspace w ON w.id = i.workspace_id WHERE i.token_hash = hash""",
    ),
]

TICKETS = [
    definer(
        "create_ticket(new_hash bytea, of_kind text, of_person uuid, of_email text, with_data jsonb, until timestamptz)",
        "void",
        """DELETE FROM ticket WHERE token_hash IN (
               SELECT token_hash FROM ticket WHERE expires_at < clock_timestamp() - interval '7 days'
               ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED);
           INSERT INTO ticket (token_hash, kind, person_id, email, data, expires_at)
           VALUES (new_hash, of_kind, of_person, of_email, with_data, until)""",
        volatile=True,
    ),
    definer(
        "ticket_by_token(hash bytea, of_kind text)",
        "SETOF ticket",
        "SELECT * FROM ticket WHERE token_hash = hash AND kind = of_kind",
    ),
    definer(
        "use_ticket(hash bytea, of_kind text)",
        "SETOF ticket",
        """UPDATE ticket SET used_at = clock_timestamp() WHERE token_hash = hash AND kind = of_kind
           AND used_at IS NULL AND expires_at > clock_timestamp() RETURNING *""",
        volatile=True,
    ),
    definer(
        "try_ticket(hash bytea, of_kind text, most integer)",
        "SETOF ticket",
        """UPDATE ticket SET tries = tries + 1 WHERE token_hash = hash AND kind = of_kind AND tries < most
           AND used_at IS NULL AND expires_at > clock_timestamp() RETURNING *""",
        volatile=True,
    ),
    definer(
        "drop_tickets(of_kind text, of_person uuid, of_email text)",
        "void",
        """UPDATE ticket SET used_at = clock_timestamp() WHERE used_at IS NULL AND kind = of_kind
           AND person_id = of_person;
           UPDATE ticket SET used_at = clock_timestamp() WHERE used_at IS NULL AND kind = of_kind
           AND email = of_email""",
        volatile=True,
    ),
    definer(
        # A bucket that empties evenly: `most` at once, then one for each `seconds / most`. 0: taken; else seconds.
        # None holds more than its seconds: one that seems to was filled before the clock was set back, and is empty.
        "take_throttle(of_key bytea, most integer, seconds integer)",
        "integer",
        """DELETE FROM throttle WHERE key IN (
               SELECT key FROM throttle WHERE until < clock_timestamp() - interval '1 minute'
               ORDER BY until LIMIT 5 FOR UPDATE SKIP LOCKED);
           WITH step AS (SELECT make_interval(secs => seconds::double precision / most) AS one,
                                make_interval(secs => seconds) AS whole),
           taken AS (
               INSERT INTO throttle AS t (key, until) SELECT of_key, clock_timestamp() + one FROM step
               ON CONFLICT (key) DO UPDATE SET until = (SELECT one FROM step) + CASE
                   WHEN t.until BETWEEN clock_timestamp() AND clock_timestamp() + (SELECT whole FROM step) THEN t.until
                   ELSE clock_timestamp() END
               WHERE NOT t.until BETWEEN clock_timestamp() + (SELECT whole - one FROM step)
                                     AND clock_timestamp() + (SELECT whole FROM step)
               RETURNING 1)
           SELECT CASE WHEN EXISTS (SELECT FROM taken) THEN 0 ELSE greatest(1, coalesce((
               SELECT ceil(extract(epoch FROM t.until + one - whole - clock_timestamp()))
               FROM throttle t, step WHERE t.key = of_key), 1))::integer END""",
        volatile=True,
    ),
    definer(
        "forget_throttle(keys bytea[])",
        "void",
        "DELETE FROM throttle WHERE key = ANY (keys)",
        volatile=True,
    ),
]

_STAFF_OF = "s.staff_workspace_id, s.staff_until, s.staff_reason"

SESSIONS = [
    definer(
        # Where nothing says which workspace: that of the newest session, else the oldest membership.
        "create_session(hash bytea, of_person uuid, in_workspace uuid, until timestamptz, from_ip text, on_device text)",
        "uuid",
        """DELETE FROM session WHERE person_id = of_person AND expires_at < clock_timestamp() - interval '30 days';
           INSERT INTO session (token_hash, person_id, workspace_id, expires_at, ip, device)
           VALUES (hash, of_person, coalesce(in_workspace,
               (SELECT m.workspace_id FROM session s JOIN member m ON m.workspace_id = s.workspace_id
                    AND m.person_id = s.person_id AND m.removed_at IS NULL
                WHERE s.person_id = of_person ORDER BY s.last_seen_at DESC LIMIT 1),
               (SELECT m.workspace_id FROM member m WHERE m.person_id = of_person AND m.removed_at IS NULL
                ORDER BY m.created_at LIMIT 1)), until, from_ip, on_device)
           RETURNING id""",
        volatile=True,
    ),
    definer(
        "session_by_token(hash bytea, wanted uuid)",
        """TABLE (session_id uuid, person_id uuid, email text, person_name text, staff boolean, totp_on boolean,
            workspace_id uuid, member_id uuid, role text, name text, staff_workspace_id uuid,
            staff_until timestamptz, staff_reason text, stale boolean)""",
        f"""SELECT s.id, s.person_id, p.email, p.name, p.staff, coalesce(c.totp_on, false), m.workspace_id, m.id, m.role,
                   m.name, {_STAFF_OF}, s.last_seen_at < clock_timestamp() - interval '1 minute'
           FROM session s JOIN person p ON p.id = s.person_id LEFT JOIN credential c ON c.person_id = p.id
           LEFT JOIN member m ON m.workspace_id = coalesce(wanted, s.workspace_id) AND m.person_id = s.person_id
                AND m.removed_at IS NULL
           WHERE s.token_hash = hash AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
             AND s.last_seen_at > clock_timestamp() - interval '7 days'""",
    ),
    definer(
        "touch_session(hash bytea, from_ip text, on_device text)",
        "void",
        """UPDATE session SET last_seen_at = clock_timestamp(), ip = coalesce(from_ip, ip),
               device = coalesce(on_device, device) WHERE token_hash = hash""",
        volatile=True,
    ),
    definer(
        "rotate_session(old_hash bytea, new_hash bytea, to_workspace uuid)",
        "void",
        """UPDATE session SET token_hash = new_hash, workspace_id = coalesce(to_workspace, workspace_id),
               last_seen_at = clock_timestamp() WHERE token_hash = old_hash AND revoked_at IS NULL""",
        volatile=True,
    ),
    definer(
        "visit_workspace(old_hash bytea, new_hash bytea, visited uuid, until timestamptz, reason text)",
        "void",
        """UPDATE session SET token_hash = new_hash, staff_workspace_id = visited, staff_until = until,
               staff_reason = reason WHERE token_hash = old_hash AND revoked_at IS NULL""",
        volatile=True,
    ),
    definer(
        "sessions_of(of_person uuid)",
        """TABLE (id uuid, device text, ip text, created_at timestamptz, last_seen_at timestamptz,
            workspace text)""",
        """SELECT s.id, s.device, s.ip, s.created_at, s.last_seen_at, w.name FROM session s
           LEFT JOIN workspace w ON w.id = s.workspace_id
           WHERE s.person_id = of_person AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
             AND s.last_seen_at > clock_timestamp() - interval '7 days'
           ORDER BY s.last_seen_at DESC LIMIT 100""",
    ),
    definer(
        "revoke_sessions(of_person uuid, only_id uuid, but_id uuid)",
        "bigint",
        """WITH ended AS (
               UPDATE session SET revoked_at = clock_timestamp() WHERE person_id = of_person AND revoked_at IS NULL
               AND (only_id IS NULL OR id = only_id) AND (but_id IS NULL OR id <> but_id) RETURNING 1)
           SELECT count(*) FROM ended""",
        volatile=True,
    ),
    definer(
        "end_sessions_in(of_person uuid, of_workspace uuid)",
        "void",
        """UPDATE session SET revoked_at = clock_timestamp()
           WHERE person_id = of_person AND workspace_id = of_workspace AND revoked_at IS NULL""",
        volatile=True,
    ),
    definer(
        "remember_device(of_person uuid, hash bytea)",
        "void",
        """DELETE FROM known_device WHERE person_id = of_person AND seen_at < clock_timestamp() - interval '1 year';
           INSERT INTO known_device (person_id, token_hash) VALUES (of_person, hash)
           ON CONFLICT (person_id, token_hash) DO UPDATE SET seen_at = clock_timestamp()""",
        volatile=True,
    ),
    definer(
        "is_known_device(of_person uuid, hash bytea)",
        "boolean",
        """SELECT EXISTS (SELECT FROM known_device WHERE person_id = of_person AND token_hash = hash
                          AND seen_at > clock_timestamp() - interval '1 year')""",
    ),
    definer(
        "forget_devices(of_person uuid)",
        "void",
        "DELETE FROM known_device WHERE person_id = of_person",
        volatile=True,
    ),
    definer(
        "set_staff(of_email text, is_staff boolean)",
        "uuid",
        "UPDATE person SET staff = is_staff WHERE email = of_email RETURNING id",
        volatile=True,
    ),
    definer(
        "staff_people()",
        "TABLE (email text, name text, totp_on boolean)",
        """SELECT p.email, p.name, coalesce(c.totp_on, false) FROM person p
           LEFT JOIN credential c ON c.person_id = p.id WHERE p.staff ORDER BY p.email""",
    ),
    definer(
        "staff_workspaces(words text, after_id uuid, most integer)",
        "TABLE (id uuid, slug text, name text, created_at timestamptz, members bigint)",
        f"""SELECT w.id, w.slug, w.name, w.created_at,
                  (SELECT count(*) FROM member m WHERE m.workspace_id = w.id AND m.removed_at IS NULL)
           FROM workspace w WHERE w.id <> '{SYSTEM}' AND (after_id IS NULL OR w.id > after_id)
             AND (words = '' OR strpos(lower(w.name), lower(words)) > 0 OR strpos(w.slug, lower(words)) > 0
                  OR w.id::text = words)
           ORDER BY w.id LIMIT most""",
    ),
]


def upgrade() -> None:
    _people()
    _secrets()
    _sessions()
    _invitations()
    # Its short name is one that no business can have taken before.
    _run([f"INSERT INTO workspace (id, slug, name) VALUES ('{SYSTEM}', '{SYSTEM}', 'Dynaris')"])
    _run(["DROP FUNCTION session_by_token(bytea)"])
    for statements in (*PEOPLE, *TICKETS, *SESSIONS):
        _run(statements)
    _run(
        [
            "CREATE OR REPLACE FUNCTION workspace_ids() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER "
            f"SET search_path = public, pg_temp AS $$ SELECT id FROM workspace WHERE id <> '{SYSTEM}' ORDER BY id $$"
        ]
    )


def _people() -> None:
    op.add_column("person", _moment("email_verified_at"))
    op.add_column("person", sa.Column("staff", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_person_staff", "person", ["email"], postgresql_where=sa.text("staff"))
    op.create_index("ix_member_person_id", "member", ["person_id"])
    op.create_index(
        "ix_conversation_held",
        "conversation",
        ["workspace_id", "holder_id"],
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    _run(
        [
            """UPDATE person p SET email = lower(email) WHERE email <> lower(email)
               AND NOT EXISTS (SELECT FROM person o WHERE o.id <> p.id AND lower(o.email) = lower(p.email))""",
            """UPDATE member m SET email = p.email FROM person p WHERE p.id = m.person_id AND m.email <> p.email
               AND lower(m.email) = p.email""",
        ]
    )


def _secrets() -> None:
    op.create_table(
        "credential",
        _uuid("person_id", nullable=False),
        _text("password_hash"),
        _moment("password_changed_at"),
        _text("totp_secret"),
        sa.Column("totp_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "recovery_code",
        _uuid("person_id", nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _moment("used_at"),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "oidc_link",
        _text("issuer", nullable=False),
        _text("subject", nullable=False),
        _uuid("person_id", nullable=False),
        _moment("created_at", nullable=False, server_default=_NOW),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_link")),
    )
    op.create_index("ix_oidc_link_person_id", "oidc_link", ["person_id"])
    op.create_table(
        "ticket",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _text("kind", nullable=False),
        _uuid("person_id"),
        _text("email"),
        sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _moment("created_at", nullable=False, server_default=_NOW),
        _moment("expires_at", nullable=False),
        _moment("used_at"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_ticket")),
    )
    op.create_index("ix_ticket_person_id", "ticket", ["person_id", "kind"])
    op.create_index("ix_ticket_email", "ticket", ["email", "kind"])
    op.create_index("ix_ticket_expires_at", "ticket", ["expires_at"])
    op.create_table(
        "throttle",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        _moment("until", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index("ix_throttle_until", "throttle", ["until"])


def _sessions() -> None:
    op.alter_column("session", "workspace_id", nullable=True)
    op.add_column("session", _uuid("id", server_default=sa.text("gen_random_uuid()"), nullable=False))
    op.add_column("session", _moment("last_seen_at", server_default=_NOW, nullable=False))
    op.add_column("session", _text("ip", server_default="", nullable=False))
    op.add_column("session", _text("device", server_default="", nullable=False))
    op.add_column("session", _uuid("staff_workspace_id"))
    op.add_column("session", _moment("staff_until"))
    op.add_column("session", _text("staff_reason"))
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_table(
        "known_device",
        _uuid("person_id", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _moment("seen_at", nullable=False, server_default=_NOW),
        sa.PrimaryKeyConstraint("person_id", "token_hash", name=op.f("pk_known_device")),
    )


def _invitations() -> None:
    op.create_table(
        "invitation",
        _uuid("workspace_id", nullable=False),
        _uuid("id", nullable=False),
        _text("email", nullable=False),
        _text("role", nullable=False),
        _text("invited_by", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _moment("created_at", nullable=False, server_default=_NOW),
        _moment("expires_at", nullable=False),
        _moment("accepted_at"),
        _moment("revoked_at"),
        sa.CheckConstraint("role IN ('owner', 'admin', 'teammate')", name=op.f("ck_invitation_role")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["workspace_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    _run(protect("invitation"))


def _run(statements: list[str]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
