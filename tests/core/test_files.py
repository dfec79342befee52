"""Stored files: the same two calls on a local folder and on an S3 bucket, chosen by one setting."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from dynaris.core.errors import NoStorage, NotFound, StartupError
from dynaris.core.files import Files


class Bucket:
    """Speaks the two requests of S3's wire format that are used, with the signature header required."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.url = ""

    async def put(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
        self.objects[request.path] = await request.read()
        return web.Response(headers={"etag": '"1"'})

    async def get(self, request: web.Request) -> web.Response:
        if request.path not in self.objects:
            return web.Response(
                status=404, text="<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml"
            )
        headers = {"etag": '"1"', "last-modified": "Sat, 21 Nov 2026 09:00:00 GMT"}
        return web.Response(body=self.objects[request.path], headers=headers)


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    kept = Bucket()
    application = web.Application()
    application.router.add_put("/{key:.*}", kept.put)
    application.router.add_get("/{key:.*}", kept.get)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield kept
    await runner.cleanup()


async def test_a_file_comes_back_from_the_local_folder(tmp_path: Path) -> None:
    files = Files(None, tmp_path / "files")
    await files.put("workspace/file", b"content")
    assert await files.get("workspace/file") == b"content"
    assert (tmp_path / "files" / "workspace" / "file").read_bytes() == b"content"


async def test_a_file_comes_back_from_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    files = Files("s3://clinic/attachments", tmp_path / "unused")
    await files.put("workspace/file", b"content")
    assert await files.get("workspace/file") == b"content"
    assert list(bucket.objects) == ["/clinic/attachments/workspace/file"]
    assert not (tmp_path / "unused").exists()


async def test_a_missing_file_is_said_to_be_gone(bucket: Bucket, tmp_path: Path) -> None:
    for files in (Files(None, tmp_path), Files("s3://clinic", tmp_path)):
        with pytest.raises(NotFound, match="is gone"):
            await files.get("workspace/never")


def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="DYNARIS_HOME or DYNARIS_FILES_URL"):
        Files(None, tmp_path / "file" / "files")


def test_an_address_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="DYNARIS_FILES_URL"):
        Files("nonsense", tmp_path)


async def test_a_store_that_does_not_answer_is_said_to_be_away_by_every_call(tmp_path: Path) -> None:
    files = Files(None, tmp_path / "files")
    (tmp_path / "files" / "a").write_text("a file where a folder is to be")
    for call in (
        files.put("a/b", b"x"),
        files.put_stream("a/b", io.BytesIO(b"x")),
        files.get("a/b"),
        anext(files.chunks("a/b")),
        files.delete("a/b"),
    ):
        with pytest.raises(NoStorage, match="a/b cannot be"):
            await call
