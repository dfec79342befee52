"""How tables are declared: one metadata, tenant tables keyed by workspace first."""

from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def tenant_table(name: str, *parts: Any, key: tuple[str, ...] = ("id",)) -> Table:
    """A table whose rows belong to a workspace: `workspace_id` leads its key, row-level security guards it."""
    own_id = [uuid("id", nullable=False)] if key == ("id",) else []
    return Table(
        name,
        metadata,
        Column("workspace_id", UUID(as_uuid=True), nullable=False),
        *own_id,
        *parts,
        PrimaryKeyConstraint("workspace_id", *key),
        info={"tenant": True},
    )


def reference_table(name: str, *parts: Any) -> Table:
    """A table without a workspace: reachable only through listed SECURITY DEFINER functions."""
    return Table(name, metadata, *parts, info={"tenant": False})


def uuid(name: str, **options: Any) -> Column[Any]:
    return Column(name, UUID(as_uuid=True), **options)


def text(name: str, **options: Any) -> Column[Any]:
    return Column(name, Text, **options)


def jsonb(name: str, **options: Any) -> Column[Any]:
    return Column(name, JSONB, **options)


def moment(name: str, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), **options)


def created_at() -> Column[Any]:
    return moment("created_at", nullable=False, server_default=func.clock_timestamp())


def belongs_to(table: str, column: str | None = None, **options: Any) -> ForeignKeyConstraint:
    """A reference inside the workspace, to `table.id`."""
    return ForeignKeyConstraint(
        ["workspace_id", column or f"{table}_id"], [f"{table}.workspace_id", f"{table}.id"], **options
    )
