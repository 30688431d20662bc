"""From the home's ``config/kafka.yaml`` to an intake that can run."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from consumers.format import Format
from consumers.formats import FORMATS
from consumers.kafka.config import KafkaConfig
from consumers.kafka.session import Source
from projections.configerror import ConfigError
from projections.strictyaml import parse

FILE = "kafka.yaml"


def read_config(folder: Path, known: Mapping[str, Format] = FORMATS) -> KafkaConfig:
    """Return the configuration in the folder ``config`` of a home; raises `ConfigError`.

    ``known`` are the formats that topics may have: the built-in ones, and those of configured sources.
    """
    place = f"config/{FILE}"
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(place, "a file that says which topics to take in", "none") from error
    config = parse(data, KafkaConfig, place)
    for number, row in enumerate(config.topics):
        if row.format not in known:
            expected = f"one of {', '.join(sorted(known))}"
            raise ConfigError(f"{place}.topics[{number}].format", expected, row.format)
    twice = next((row.topic for row in config.topics if _count(config, row.topic) > 1), None)
    if twice is not None:
        raise ConfigError(f"{place}.topics", "each topic once", f"{twice} twice")
    return config


def sources_of(config: KafkaConfig, known: Mapping[str, Format] = FORMATS) -> Mapping[str, Source]:
    """Return what the records of each topic are."""
    return {row.topic: Source(row.source, known[row.format]) for row in config.topics}


def instance_name(config: KafkaConfig, given: str | None) -> str:
    """Return the name by which this process gets its partitions back: by default one for each machine."""
    return given or f"{config.group}-{socket.gethostname()}"


def _count(config: KafkaConfig, topic: str) -> int:
    return sum(row.topic == topic for row in config.topics)
