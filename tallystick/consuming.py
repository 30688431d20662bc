"""From the home's ``config/kafka.yaml`` to an intake that can run."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from consumers.formats import FORMATS
from consumers.kafka.config import KafkaConfig
from consumers.kafka.session import Source
from projections.configerror import ConfigError
from projections.strictyaml import parse

FILE = "kafka.yaml"


def read_config(folder: Path) -> KafkaConfig:
    """Return the configuration in the folder ``config`` of a home; raises `ConfigError`."""
    place = f"config/{FILE}"
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            place, "a file that says which topics to take in (docs/kafka.md)", "none"
        ) from error
    config = parse(data, KafkaConfig, place)
    for number, row in enumerate(config.topics):
        if row.format not in FORMATS:
            known = ", ".join(sorted(FORMATS))
            raise ConfigError(f"{place}.topics[{number}].format", f"one of {known}", row.format)
    twice = next((row.topic for row in config.topics if _count(config, row.topic) > 1), None)
    if twice is not None:
        raise ConfigError(f"{place}.topics", "each topic once", f"{twice} twice")
    return config


def sources_of(config: KafkaConfig) -> Mapping[str, Source]:
    """Return what the records of each topic are."""
    return {row.topic: Source(row.source, FORMATS[row.format]) for row in config.topics}


def instance_name(config: KafkaConfig, given: str | None) -> str:
    """Return the name by which this process gets its partitions back: by default one for each machine."""
    return given or f"{config.group}-{socket.gethostname()}"


def _count(config: KafkaConfig, topic: str) -> int:
    return sum(row.topic == topic for row in config.topics)
