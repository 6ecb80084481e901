"""Files in a bucket of S3 or of anything that speaks its protocol.

Invariant: encrypted at rest by the store (`AES256`, or `aws:kms` with a key), private, and downloaded only by links
that the store itself checks, as attachments. Limit: boto3 blocks, so calls run in a few threads; install the extra
`s3`. Credentials are found as boto3 finds them: environment, shared file, or the machine's role.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from pyxiu.kit.errors import PermanentError, TransientError

CALLS_AT_ONCE: Final = 8
ATTEMPTS: Final = 3
TIMEOUT_S: Final = 10

T = TypeVar("T")


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`endpoint_url` for stores other than Amazon's; `encryption` empty for those that cannot encrypt."""

    bucket: str
    prefix: str = "documents/"
    region: str | None = None
    endpoint_url: str | None = None
    encryption: str = "AES256"
    kms_key_id: str | None = None


class S3Objects:
    """Implements the port `ObjectStore`."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._client = _client(settings)
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="pyxiu-s3")

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        await self._in_thread(
            lambda: self._client.put_object(
                **self._place(key), Body=content, ContentType=content_type, **self._encryption()
            )
        )

    async def get(self, key: str) -> bytes | None:
        return await self._in_thread(lambda: self._get(key))

    async def delete(self, key: str) -> None:
        await self._in_thread(lambda: self._client.delete_object(**self._place(key)))

    async def link(self, key: str, *, filename: str, content_type: str, lifetime_s: int) -> str:
        parameters = {
            **self._place(key),
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
            "ResponseContentType": content_type,
            "ResponseCacheControl": "no-store",
        }
        link: str = await self._in_thread(
            lambda: self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=lifetime_s)
        )
        return link

    def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._client.close()

    def _get(self, key: str) -> bytes | None:
        try:
            content: bytes = self._client.get_object(**self._place(key))["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
        return content

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._settings.bucket, "Key": f"{self._settings.prefix}{key}"}

    def _encryption(self) -> dict[str, str]:
        if not self._settings.encryption:
            return {}
        encryption = {"ServerSideEncryption": self._settings.encryption}
        return encryption | ({"SSEKMSKeyId": self._settings.kms_key_id} if self._settings.kms_key_id else {})

    async def _in_thread(self, call: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except (BotoCoreError, ClientError) as error:
            # The text names bucket and operation, never a credential.
            raise TransientError(f"object store {self._settings.bucket}: {error}") from error


def _client(settings: S3Settings) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise PermanentError("files in S3 need boto3: install Pyxiu with its extra, pyxiu[s3]") from None
    return boto3.client(
        "s3",
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            signature_version="s3v4",
            connect_timeout=TIMEOUT_S,
            read_timeout=TIMEOUT_S,
            retries={"max_attempts": ATTEMPTS, "mode": "standard"},
        ),
    )
