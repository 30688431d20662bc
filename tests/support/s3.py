"""An S3 server on this machine, in a process of its own, for tests."""

from __future__ import annotations

import sys
import urllib.request
import uuid

import msgspec

from tests.support.processes import Children, accepts, free_port, wait_until

BUCKET = "evidence"
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_REGION": "us-east-1",
}
# moto checks no signature, but reads from it which service is meant.
_SCOPE = "tester/20260301/us-east-1/s3/aws4_request"
_SIGNED = f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature=0"


class S3(msgspec.Struct, frozen=True):
    """A running server with one bucket, and the environment in which its clients find it."""

    endpoint: str
    environment: dict[str, str]

    def url(self) -> str:
        """Return the address of a part of the bucket that nobody else uses."""
        return f"s3://{BUCKET}/{uuid.uuid4().hex}/blobs"

    def overwrite(self, url: str, name: str, content: bytes) -> None:
        """Change an object behind everybody's back."""
        self._put(f"{url.removeprefix('s3://')}/{name}", content)

    def make_bucket(self) -> None:
        """Make the bucket."""
        self._put(BUCKET, None)

    def _put(self, path: str, content: bytes | None) -> None:
        request = urllib.request.Request(f"{self.endpoint}/{path}", content, method="PUT")
        request.add_header("Authorization", _SIGNED)
        urllib.request.urlopen(request, timeout=30).close()


def start_s3(children: Children) -> S3:
    """Return a server that runs until ``children`` are stopped."""
    port = free_port()
    children.start(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    wait_until(lambda: accepts(port), 60, "the S3 server answers")
    endpoint = f"http://127.0.0.1:{port}"
    started = S3(endpoint, {**_CREDENTIALS, "AWS_ENDPOINT_URL": endpoint})
    started.make_bucket()
    return started
