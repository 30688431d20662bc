"""Where the blobs of a home are: in the home, or where TALLYSTICK_BLOBS_URL says."""

from __future__ import annotations

import os

from application.blobs import Blobs
from application.local_blobs import LocalBlobs
from application.s3_blobs import S3Blobs
from tallystick.settings import Settings

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def open_blobs(settings: Settings) -> Blobs:
    """Return the blobs of the home of ``settings``; raises `StoreError` where a directory cannot be made."""
    if settings.blobs_url is None:
        return LocalBlobs(settings.place.blobs)
    return S3Blobs(settings.blobs_url, plain_http=_plain_http())


def _plain_http() -> bool:
    # Whoever names an endpoint without TLS has decided so; blobs are encrypted, requests are only signed.
    named = (os.environ.get(name, "") for name in _ENDPOINTS)
    return any(endpoint.startswith("http://") for endpoint in named)
