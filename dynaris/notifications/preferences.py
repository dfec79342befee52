"""How a member wants to be told, topic by topic; and what the workspace's own channel tells everybody."""

from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.notifications.escalating import DEFAULT_MINUTES
from dynaris.notifications.quiet import Digest, QuietHours
from dynaris.notifications.topics import TOPICS, Mail
from dynaris.workspaces.actions import record

BEFORE_CLOSING: Final = 120  # minutes


class TopicPreference(BaseModel):
    """What is left out is as the topic has it by itself."""

    model_config = ConfigDict(extra="forbid")

    in_app: bool | None = None
    push: bool | None = None
    email: Mail | None = None
    always: bool | None = Field(default=None, description="In quiet hours, too.")


def _known(topics: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(topics) - set(TOPICS)):
        raise ValueError(f"unknown topic {unknown[0][:50]!r}; there are {', '.join(TOPICS)}")
    return topics


class Preferences(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topics: dict[str, TopicPreference] = Field(default={}, max_length=100)
    quiet_hours: QuietHours | None = Field(default=None, description="None: told at any hour.")
    digest: Digest = Digest()

    _topics_exist = field_validator("topics")(_known)

    def in_app(self, topic: str) -> bool:
        given = self._of(topic).in_app
        return True if given is None else given

    def push(self, topic: str) -> bool:
        given = self._of(topic).push
        return TOPICS[topic].push if given is None else given

    def email(self, topic: str) -> Mail:
        return self._of(topic).email or TOPICS[topic].email

    def always(self, topic: str) -> bool:
        return bool(self._of(topic).always)

    def _of(self, topic: str) -> TopicPreference:
        return self.topics.get(topic) or TopicPreference()


class WorkspaceNotifications(BaseModel):
    """What the workspace decides for everybody."""

    model_config = ConfigDict(extra="forbid")

    topics: dict[str, bool] = Field(
        default={}, max_length=100, description="Whether the workspace's own channel (Slack) tells them."
    )
    escalate_minutes: int = Field(
        default=DEFAULT_MINUTES, ge=1, le=1_440, description="Until the next are told, while nobody reacts."
    )

    window_minutes: int = Field(
        default=BEFORE_CLOSING,
        ge=0,
        le=1_380,
        description="So long before a reply window closes on a contact who waits, people are told; 0: never.",
    )

    _topics_exist = field_validator("topics")(_known)

    def tells(self, topic: str) -> bool:
        return self.topics.get(topic, TOPICS[topic].slack)


async def preferences_of(connection: Connection, workspace_id: UUID, member_id: UUID) -> Preferences:
    cursor = await connection.execute(
        "SELECT preferences FROM notification_preference WHERE workspace_id = %s AND member_id = %s",
        (workspace_id, member_id),
    )
    row = await cursor.fetchone()
    return stored(row["preferences"]) if row else Preferences()


def stored(preferences: dict[str, Any]) -> Preferences:
    """A topic that a later release no longer has is forgotten."""
    known = {topic: each for topic, each in preferences.get("topics", {}).items() if topic in TOPICS}
    return Preferences.model_validate({**preferences, "topics": known})


async def keep_preferences(
    connection: Connection, workspace_id: UUID, member_id: UUID, preferences: Preferences
) -> None:
    """From now on, also for what waits already."""
    document = Jsonb(preferences.model_dump(mode="json", exclude_none=True))
    await connection.execute(
        """INSERT INTO notification_preference (workspace_id, member_id, preferences) VALUES (%s, %s, %s)
           ON CONFLICT (workspace_id, member_id) DO UPDATE SET preferences = excluded.preferences""",
        (workspace_id, member_id, document),
    )
    cursor = await connection.execute(
        """SELECT s.id, n.topic FROM notification_send s
           JOIN notification n ON n.workspace_id = s.workspace_id AND n.id = s.notification_id
           WHERE s.workspace_id = %s AND s.member_id = %s AND s.status = 'waiting' AND s.due_at > clock_timestamp()""",
        (workspace_id, member_id),
    )
    waiting = await cursor.fetchall()
    # Looked at again at once: it is sent, together with what was put off beside it, or waits by what holds now.
    await connection.execute(
        """UPDATE notification_send SET due_at = clock_timestamp(), digest = digest AND id <> ALL(%s)
           WHERE workspace_id = %s AND id = ANY(%s) AND status = 'waiting'""",
        (
            [row["id"] for row in waiting if row["topic"] in TOPICS and preferences.email(row["topic"]) == "digest"],
            workspace_id,
            [row["id"] for row in waiting],
        ),
    )


async def workspace_notifications(
    connection: Connection, workspace_id: UUID, *, locked: bool = False
) -> WorkspaceNotifications:
    lock = " FOR UPDATE" if locked else ""
    cursor = await connection.execute(
        f"SELECT notifications FROM workspace WHERE id = %s{lock}",
        (workspace_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no workspace {workspace_id}")
    kept = row["notifications"]
    known = {topic: on for topic, on in kept.get("topics", {}).items() if topic in TOPICS}
    return WorkspaceNotifications.model_validate({**kept, "topics": known})


async def keep_workspace_notifications(
    connection: Connection, workspace_id: UUID, settings: WorkspaceNotifications, *, by: str
) -> None:
    """To be called in a transaction."""
    before = await workspace_notifications(connection, workspace_id, locked=True)
    await connection.execute(
        "UPDATE workspace SET notifications = %s WHERE id = %s",
        (Jsonb(settings.model_dump(mode="json")), workspace_id),
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="notification_settings.changed",
        subject=f"workspace:{workspace_id}",
        detail={"before": before.model_dump(mode="json"), "after": settings.model_dump(mode="json")},
    )
