"""From the configuration to what the client library asks for, secrets read where they are said to be."""

from __future__ import annotations

from typing import Any

from consumers.kafka.config import KafkaConfig, Security
from ledger.keyuri import open_secret

CLIENT = "tallystick"
RECONNECT_MS = 1_000
"""How long a broker that does not answer is left alone; the library would wait up to half a minute."""
METADATA_MS = 10_000
"""How soon partitions are noticed that a topic has by now and had not when the group was joined."""


def connection(config: KafkaConfig) -> dict[str, Any]:
    """Return the arguments that every client needs; raises `KeyUnavailable` without its password."""
    return {
        "bootstrap_servers": list(config.brokers),
        "client_id": CLIENT,
        "reconnect_backoff_max_ms": RECONNECT_MS,
        **_security(config.security),
    }


def consuming(config: KafkaConfig, instance: str) -> dict[str, Any]:
    """Return the arguments of a consumer.

    Offsets are the ledger's own, so nothing is committed by the library and nothing is begun by default; an
    ``instance`` that comes back in time gets its partitions back without a rebalance (KIP-345).
    """
    return {
        **connection(config),
        "group_id": config.group,
        "group_instance_id": instance,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "check_crcs": True,
        "metadata_max_age_ms": METADATA_MS,
        "max_poll_records": config.max_poll_records,
        "session_timeout_ms": config.session_timeout_ms,
        "heartbeat_interval_ms": max(config.session_timeout_ms // 5, 200),
    }


def producing(config: KafkaConfig) -> dict[str, Any]:
    """Return the arguments of a producer: every replica has it, once and in order."""
    return {
        **connection(config),
        "acks": "all",
        "enable_idempotence": True,
        "allow_auto_create_topics": False,
    }


def _security(security: Security) -> dict[str, Any]:
    password = None if security.password is None else open_secret(security.password).decode().strip()
    given = {
        "security_protocol": security.protocol,
        "ssl_cafile": security.ca_file,
        "ssl_certfile": security.certificate_file,
        "ssl_keyfile": security.key_file,
        "sasl_mechanism": security.mechanism,
        "sasl_plain_username": security.username,
        "sasl_plain_password": password,
    }
    return {name: value for name, value in given.items() if value is not None}
