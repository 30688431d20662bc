"""The HTTP application of a home."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import create_app
from api.limits import Limits
from application.engine import Engine
from consumers.webhook import SOURCES
from tallystick.program import program_version
from tallystick.settings import Settings
from tallystick.tokens import home_tokens


def build_app(settings: Settings, engine: Engine) -> FastAPI:
    """Return what answers HTTP for ``engine``, opened from the home of ``settings``."""
    return create_app(
        engine,
        home_tokens(settings.place),
        sources=SOURCES,
        version=program_version(),
        limits=Limits(body_bytes=settings.max_body_bytes, upload_bytes=settings.max_upload_bytes),
    )
