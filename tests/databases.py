"""Databases of a test's own, beside the one that all share, and what is in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from dynaris.core.ids import new_id


@asynccontextmanager
async def new_database(server_url: str, *, like: str = "template1") -> AsyncIterator[str]:
    """The owner's url of an empty database, or of a copy of one that nobody uses; dropped afterwards."""
    name = sql.Identifier(f"test_{new_id().hex}")
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(name, sql.Identifier(like))
        )
        try:
            yield make_conninfo(server_url, dbname=name.as_string().strip('"'))
        finally:
            await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


async def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text, sorted."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in await cursor.fetchall()]
        found: dict[str, list[str]] = {}
        for table in tables:
            question = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            found[table] = [row[0] for row in await (await connection.execute(question)).fetchall()]
    return found


async def ask(url: str, question: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """As the owner, who sees all workspaces."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(question, parameters)  # type: ignore[arg-type]
        return await cursor.fetchall() if cursor.description else []
