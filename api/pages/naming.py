"""The incident that a page is about: by the name in its address, for those who may see it."""

from __future__ import annotations

from api.directory import Known
from api.routes import Call


async def named(call: Call) -> Known:
    """Return the incident in the path; raises NOT_FOUND if it is not there for the caller."""
    name, directory = call.path("incident"), call.service.directory
    return directory.visible(await call.service.read(directory.look_up, name), name, call.principal)
