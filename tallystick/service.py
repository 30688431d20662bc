"""The HTTP application of a home."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import create_app
from api.limits import Limits
from application.engine import Engine
from tallystick.program import program_version
from tallystick.settings import Settings
from tallystick.sources import open_sources
from tallystick.tokens import home_tokens


def build_app(settings: Settings, engine: Engine) -> FastAPI:
    """Return what answers HTTP for ``engine``, opened from the home of ``settings``.

    Raises `ConfigError` and `KeyUnavailable` where the home's sources or tokens are not what they must be.
    """
    return create_app(
        engine,
        home_tokens(settings.place),
        sources=open_sources(settings.place),
        version=program_version(),
        sessions=settings.place.sessions,
        limits=Limits(body_bytes=settings.max_body_bytes, upload_bytes=settings.max_upload_bytes),
    )
