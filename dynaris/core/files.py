"""Stored files: a local folder, or any bucket that one setting names."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from dynaris.core.errors import NoStorage, NotFound, StartupError
from dynaris.core.private import private_folder

_CHUNK = 1024 * 1024


class Files:
    """Keys look like `workspace/attachment`; contents are written once and never changed."""

    def __init__(self, url: str | None, folder: Path) -> None:
        self._folder = folder if url is None else None
        self._store: ObjectStore = _local(folder) if url is None else _bucket(url)

    async def put(self, key: str, content: bytes) -> None:
        with _no_storage(f"the file {key} cannot be stored"):
            await obstore.put_async(self._store, key, content)

    async def get(self, key: str) -> bytes:
        with _no_storage(f"the file {key} cannot be read"), _gone(key):
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())

    async def put_stream(self, key: str, content: IO[bytes]) -> None:
        """What is too large to be held at once; read from where `content` stands."""
        with _no_storage(f"the file {key} cannot be stored"):
            await obstore.put_async(self._store, key, content, max_concurrency=2)

    async def chunks(self, key: str) -> AsyncIterator[bytes]:
        """The content piece by piece. Raises `NotFound` before the first one."""
        with _no_storage(f"the file {key} cannot be read"), _gone(key):
            found = await obstore.get_async(self._store, key)
            pieces = aiter(found.stream(min_chunk_size=_CHUNK))
        while True:
            with _no_storage(f"the file {key} cannot be read"):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    async def delete(self, key: str) -> bool:
        """False when it was gone."""
        try:
            with _no_storage(f"the file {key} cannot be deleted"), _gone(key):
                await obstore.head_async(self._store, key)
                await obstore.delete_async(self._store, key)
        except NotFound:
            return False
        return True

    async def stored(self, folder: str, *, before: datetime) -> AsyncIterator[list[str]]:
        """The keys below `folder` of what was stored before then, some at a time."""
        with _no_storage(f"the files of {folder} cannot be listed"):
            async for found in obstore.list(self._store, prefix=folder):
                if keys := [each["path"] for each in found if each["last_modified"] < before]:
                    yield keys

    async def drop_unfinished(self, folder: str, *, before: datetime) -> int:
        """What was begun to be stored below `folder` before then, and never ended; buckets look after theirs."""
        if self._folder is None:
            return 0
        with _no_storage(f"the files of {folder} cannot be listed"):
            return await asyncio.to_thread(_drop_unfinished, self._folder / folder, before.timestamp())

    async def delete_folder(self, folder: str) -> int:
        """Everything below `folder`; how many files that was."""
        keys: list[str] = []
        with _no_storage(f"the files of {folder} cannot be listed"):
            async for found in obstore.list(self._store, prefix=folder):
                keys += [each["path"] for each in found]
        return sum([await self.delete(key) for key in keys])


def _drop_unfinished(folder: Path, before: float) -> int:
    """The library writes `key#1` and renames it at the end."""
    dropped = 0
    for path in folder.rglob("*#*"):
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped


@contextmanager
def _no_storage(what: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise NoStorage(f"{what}: {_why(error)}") from error


@contextmanager
def _gone(key: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound(f"the stored file {key} is gone") from error


def _why(error: Exception) -> str:
    """What the system said, without the library's report of itself."""
    return str(error).partition("Debug source")[0].strip()[:500]


def _local(folder: Path) -> ObjectStore:
    try:
        return LocalStore(private_folder(folder))
    except OSError as error:
        raise StartupError(
            f"the folder {folder} cannot be used ({error.strerror}); DYNARIS_HOME or DYNARIS_FILES_URL names another"
        ) from error


def _bucket(url: str) -> ObjectStore:
    try:
        return from_url(url)
    except Exception as error:
        raise StartupError(f"DYNARIS_FILES_URL must be like s3://bucket/prefix, not {url!r}: {_why(error)}") from error
