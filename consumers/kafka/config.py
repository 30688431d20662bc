"""The shape of ``config/kafka.yaml``: which brokers, which topics, and what the records of each are."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

TopicName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$(?!\n)")]
SourceName = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=64)]
Address = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:\[\]_-]+:[0-9]{1,5}$(?!\n)")]
KeyUri = Annotated[str, Meta(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$(?!\n)")]
"""Where a secret is; the secret itself is never in the file."""

Start = Literal["earliest", "latest"]


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One topic: the source whose signals it has, the ``format`` they are in, and where to begin once.

    ``start`` counts the first time that a partition is read by this group; afterwards the ledger knows.
    """

    topic: TopicName
    source: SourceName
    format: str
    start: Start


class Security(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the brokers are reached: TLS, SASL, both or neither. Files are PEM; ``password`` is where it is."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password: KeyUri | None = None


class KafkaConfig(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The whole file. Times are milliseconds.

    Above ``storm_per_second`` signals a second, repetitions of what is known are told together.
    """

    schema_version: Literal[1]
    brokers: tuple[Address, ...] = ()
    topics: Annotated[tuple[Topic, ...], Meta(min_length=1)]
    group: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,200}$(?!\n)")] = "tallystick"
    security: Security = Security()
    dead_letter_suffix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,32}$(?!\n)")] = ".dlq"
    session_timeout_ms: Annotated[int, Meta(ge=1_000, le=1_800_000)] = 45_000
    max_poll_records: Annotated[int, Meta(ge=1, le=10_000)] = 500
    storm_per_second: Annotated[int, Meta(ge=1, le=1_000_000)] = 200
    stall_seconds: Annotated[int, Meta(ge=5, le=3_600)] = 60
