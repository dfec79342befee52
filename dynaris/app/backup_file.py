"""What a backup looks like: a tar of the database's dump, the stored files, their hashes, and last the manifest.

    database.dump     pg_dump's custom format, compressed
    files/<key>       each stored file as it is
    files.sha256      a line for each, as `sha256sum` writes it
    secret.key.json   the secret key under a passphrase, only where it was asked for
    manifest.json     what this is, and the hash of every other part but the files

The manifest is last, so that a file without one was cut short. Parts are written straight into the tar, their
headers afterwards, so that a backup needs no more room than itself.
"""

import base64
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ValidationError

from dynaris.core.errors import InvalidInput

FORMAT = 1
DUMP, HASHES, KEY, MANIFEST, FILES = "database.dump", "files.sha256", "secret.key.json", "manifest.json", "files/"
_BLOCK = 512
_CHUNK = 1024 * 1024
_SCRYPT = {"n": 2**16, "r": 8, "p": 1}


class Part(BaseModel):
    size: int
    sha256: str


class Manifest(BaseModel):
    format: int = FORMAT
    product: str
    schema_revision: str
    made_at: str
    server: str  # PostgreSQL's version
    tables: dict[str, int]  # rows
    files: int
    file_bytes: int
    missing_files: list[str]  # named by the database, gone from the store
    without_files: bool
    key_check: str | None  # opens with the right secret key only
    parts: dict[str, Part]


class BackupWriter:
    """Writes one part after the other into an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.parts: dict[str, Part] = {}

    @contextmanager
    def part(self, name: str) -> Iterator["PartWriter"]:
        """One that the manifest names."""
        with self._entry(name) as writer:
            yield writer
        self.parts[name] = Part(size=writer.size, sha256=writer.sha256)

    def file(self, key: str) -> AbstractContextManager["PartWriter"]:
        """A stored file; its hash belongs among the hashes."""
        return self._entry(FILES + key)

    @contextmanager
    def _entry(self, name: str) -> Iterator["PartWriter"]:
        """Of a size that is not known yet: the header is written when it is."""
        start = self._file.tell()
        self._file.write(_header(name, 0))
        writer = PartWriter(self._file)
        yield writer
        self._file.write(b"\0" * (-writer.size % _BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, writer.size))
        self._file.seek(end)

    def add(self, name: str, content: bytes) -> None:
        with self.part(name) as writer:
            writer.write(content)

    def finish(self, manifest: Manifest) -> None:
        self.add(MANIFEST, manifest.model_dump_json(indent=1).encode())
        self._file.write(b"\0" * (2 * _BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())


class PartWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


class BackupReader:
    """A backup that is whole as far as its manifest goes; `verify` says whether every byte is as it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed by `close`
            entry = self._tar.getmember(MANIFEST)
            self.manifest = Manifest.model_validate_json(self._content(entry))
        except (tarfile.TarError, KeyError, ValidationError, EOFError) as error:
            raise InvalidInput(f"{path} is no whole backup of dynaris: {_first_line(error)}") from error
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
        if self.manifest.format > FORMAT:
            raise InvalidInput(
                f"{path} was made by a newer release ({self.manifest.product}): restore it with that one"
            )

    def close(self) -> None:
        self._tar.close()

    def open(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(name)
        assert file is not None
        return file

    def has(self, name: str) -> bool:
        return name in self.manifest.parts

    def files(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each stored file, with its key."""
        for entry in self._tar:
            if entry.name.startswith(FILES) and (file := self._tar.extractfile(entry)):
                yield entry.name.removeprefix(FILES), file

    def verify(self) -> None:
        """Raises `InvalidInput` with the first part that is missing or not as it was written."""
        for name, part in self.manifest.parts.items():
            try:
                found = self._hash(self._tar.getmember(name))
            except (KeyError, tarfile.TarError, OSError):
                found = ""
            if found != part.sha256:
                raise InvalidInput(f"{self.path} is damaged: {name} is not as it was written")
        expected = dict(_lines(self.open(HASHES).read().decode()))
        for entry in self._tar:
            key = entry.name.removeprefix(FILES)
            if key == entry.name:
                continue
            if not is_safe(key) or expected.pop(key, None) != self._hash(entry):
                raise InvalidInput(f"{self.path} is damaged: the file {key} is not as it was written")
        if expected:
            raise InvalidInput(
                f"{self.path} is damaged: {len(expected)} files are missing, {next(iter(expected))} first"
            )

    def _hash(self, entry: tarfile.TarInfo) -> str:
        digest = hashlib.sha256()
        file = self._tar.extractfile(entry)
        while file and (chunk := file.read(_CHUNK)):
            digest.update(chunk)
        return digest.hexdigest()

    def _content(self, entry: tarfile.TarInfo) -> bytes:
        file = self._tar.extractfile(entry)
        return file.read() if file else b""


def hash_line(key: str, sha256: str) -> bytes:
    return f"{sha256}  {FILES}{key}\n".encode()


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        sha256, _, name = line.partition("  ")
        yield name.removeprefix(FILES), sha256


def is_safe(key: str) -> bool:
    """A key of ours, that leads nowhere but into the store."""
    return bool(key) and not key.startswith("/") and ".." not in key.split("/") and "\0" not in key


def locked(key: str, passphrase: str) -> bytes:
    """The secret key under a passphrase (scrypt, AES-256-GCM)."""
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_derived(passphrase, salt, _SCRYPT)).encrypt(nonce, key.encode(), b"dynaris.backup.key")
    values = {"salt": salt, "nonce": nonce, "sealed": sealed}
    encoded = {name: base64.b64encode(value).decode() for name, value in values.items()}
    return json.dumps({"kdf": "scrypt", **_SCRYPT, "cipher": "aes-256-gcm", **encoded}).encode()


def unlocked(content: bytes, passphrase: str) -> str:
    try:
        box: dict[str, Any] = json.loads(content)
        salt, nonce, sealed = (base64.b64decode(box[name]) for name in ("salt", "nonce", "sealed"))
        cost = {name: int(box[name]) for name in _SCRYPT}
        key = AESGCM(_derived(passphrase, salt, cost)).decrypt(nonce, sealed, b"dynaris.backup.key")
    except (InvalidTag, ValueError, KeyError) as error:
        raise InvalidInput("the passphrase does not open the secret key in this backup") from error
    return key.decode()


def _derived(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    if cost["n"] > 2**20 or cost["r"] > 32 or cost["p"] > 16:
        raise ValueError("a key derivation that no backup of ours has")
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())


def _first_line(error: Exception) -> str:
    if isinstance(error, KeyError):
        return "its end is missing"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
