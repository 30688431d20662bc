"""Why an intake cannot go on, told to whoever runs it."""

from __future__ import annotations


class IntakeStopped(Exception):
    """The root of them: somebody has to change something first."""


class TopicMissing(IntakeStopped):
    """A configured topic is not in the cluster."""


class InstanceTaken(IntakeStopped):
    """Another process goes by the same instance name; coming back would only throw that one out."""
