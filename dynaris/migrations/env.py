"""Alembic's entry: one transaction per upgrade, over psycopg."""

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool

from dynaris.migrations.tables import metadata


def include(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """The job library's tables are its own."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


engine = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(context.config.attributes["url"]),
    poolclass=pool.NullPool,
)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, include_object=include)
    with context.begin_transaction():
        context.run_migrations()
