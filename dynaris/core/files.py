"""Stored files: a local folder, or any bucket that one setting names."""

from pathlib import Path

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from dynaris.core.errors import NotFound, StartupError
from dynaris.core.private import private_folder


class Files:
    """Keys look like `workspace/attachment`; contents are written once and never changed."""

    def __init__(self, url: str | None, folder: Path) -> None:
        self._store: ObjectStore = _local(folder) if url is None else _bucket(url)

    async def put(self, key: str, content: bytes) -> None:
        await obstore.put_async(self._store, key, content)

    async def get(self, key: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(f"the stored file {key} is gone") from error
        return bytes(await found.bytes_async())


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
        why = str(error).partition("Debug source")[0]
        raise StartupError(f"DYNARIS_FILES_URL must be like s3://bucket/prefix, not {url!r}: {why}") from error
