"""What every object store does: local disk and S3 (a server that speaks its protocol) alike."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyxiu.adapters.objects.local import LINK_PATH, LocalObjects, count_files, purpose_of, reseal_files
from pyxiu.adapters.objects.s3 import S3Objects, S3Settings
from pyxiu.app.secrets import add_key, open_secret_box
from pyxiu.identity.ports import ObjectStore
from pyxiu.identity.sealing import KEY_BYTES, KeyRing, SecretError
from pyxiu.kit.errors import TransientError
from pyxiu.plugins.testing import ObjectsContract

BUCKET = "kyc-test"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    boto3, server = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        threaded = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        threaded.start()
        try:
            host, port = threaded.get_host_and_port()
            url = f"http://{host}:{port}"
            boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket=BUCKET)
            yield url
        finally:
            threaded.stop()


def s3_settings(url: str, **changes: Any) -> S3Settings:
    return S3Settings(**{"bucket": BUCKET, "region": "us-east-1", "endpoint_url": url, **changes})


@pytest.fixture(params=["local", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param == "local":
        yield LocalObjects(tmp_path, KeyRing(lambda: {1: bytes(KEY_BYTES)}))
        return
    objects = S3Objects(s3_settings(request.getfixturevalue("s3_url")))
    yield objects
    objects.close()


def new_key() -> str:
    return secrets.token_hex(24)


class TestObjectStores(ObjectsContract):
    """Both, by the fixture above."""


async def test_s3_encrypts_and_its_links_download_an_attachment(s3_url: str) -> None:
    boto3 = pytest.importorskip("boto3")
    objects, key = S3Objects(s3_settings(s3_url, prefix="kyc/")), new_key()
    await objects.put(key, b"content", "image/png")
    head = boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1").head_object(Bucket=BUCKET, Key=f"kyc/{key}")
    assert head["ServerSideEncryption"] == "AES256"
    link = await objects.link(key, filename="document-1.png", content_type="image/png", lifetime_s=60)
    async with httpx.AsyncClient() as http:
        opened = await http.get(link)
    assert (opened.status_code, opened.content) == (200, b"content")
    assert opened.headers["content-disposition"] == 'attachment; filename="document-1.png"'
    assert opened.headers["content-type"] == "image/png"
    assert "X-Amz-Expires=60" in link
    objects.close()


async def test_s3_that_fails_is_a_fault_that_may_pass_and_names_no_credential(s3_url: str) -> None:
    objects = S3Objects(s3_settings(s3_url, bucket="nobodys-bucket"))
    with pytest.raises(TransientError, match="nobodys-bucket") as caught:
        await objects.put(new_key(), b"x", "image/png")
    assert "Secret" not in str(caught.value)
    objects.close()


def test_a_kms_key_is_asked_for(s3_url: str) -> None:
    objects = S3Objects(s3_settings(s3_url, encryption="aws:kms", kms_key_id="key-1"))
    assert objects._encryption() == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key-1"}
    assert S3Objects(s3_settings(s3_url, encryption=""))._encryption() == {}
    objects.close()


@pytest.mark.parametrize("key", ["../../etc/passwd", "..", "", "a" * 15, "A" * 32, "a/b" * 10, "\0" * 20, "a" * 65])
async def test_t71_local_files_have_keys_of_ours_only(tmp_path: Path, key: str) -> None:
    store = LocalObjects(tmp_path / "objects", KeyRing(lambda: {1: bytes(KEY_BYTES)}))
    with pytest.raises(ValueError, match="expected a key of ours"):
        await store.get(key)
    with pytest.raises(ValueError, match="expected a key of ours"):
        await store.put(key, b"x", "image/png")


async def test_local_files_are_sealed_private_and_cannot_be_swapped(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path, KeyRing(lambda: {1: bytes(KEY_BYTES)}))
    one, other = new_key(), new_key()
    await store.put(one, b"passport of one", "image/png")
    await store.put(other, b"passport of other", "image/png")
    path_one, path_other = tmp_path / one[:2] / one, tmp_path / other[:2] / other
    assert b"passport" not in path_one.read_bytes()
    assert path_one.stat().st_mode & 0o777 == 0o600
    path_one.write_bytes(path_other.read_bytes())
    with pytest.raises(SecretError):
        await store.get(one)
    assert (await store.link(one, filename="f", content_type="t", lifetime_s=1)).startswith(f"{LINK_PATH}{one}?")


async def test_files_follow_a_new_key_and_the_work_can_be_repeated(tmp_path: Path) -> None:
    ring, folder = open_secret_box(tmp_path), tmp_path / "objects"
    store = LocalObjects(folder, ring)
    keys = [new_key() for _ in range(5)]
    for key in keys:
        await store.put(key, key.encode(), "image/png")
    add_key(tmp_path)
    newer = open_secret_box(tmp_path)
    broken = folder / keys[0][:2] / keys[0]
    broken.write_bytes(ring.seal(b"x", purpose_of(keys[1])))
    steps: list[tuple[int, int]] = []
    first = reseal_files(folder, newer, lambda done, total: steps.append((done, total)))
    assert (first.done, first.broken) == (4, [keys[0]])
    assert steps[-1] == (5, 5)
    assert count_files(folder) == {1: 1, 2: 4}
    again = reseal_files(folder, newer, lambda *_: None)
    assert (again.done, again.broken) == (0, [keys[0]])
    assert [await store.get(key) for key in keys[1:]] == [key.encode() for key in keys[1:]]
