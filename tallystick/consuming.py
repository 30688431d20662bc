"""From the home's ``config/kafka.yaml`` to an intake that can run."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from msgspec import ValidationError, convert
from msgspec.structs import replace

from consumers.format import Format
from consumers.formats import FORMATS
from consumers.kafka.config import Address, KafkaConfig
from consumers.kafka.source import Source
from projections.configerror import ConfigError
from projections.strictyaml import parse

FILE = "kafka.yaml"
SERVERS = "KAFKA_BOOTSTRAP_SERVERS"


def read_config(folder: Path, known: Mapping[str, Format] = FORMATS) -> KafkaConfig:
    """Return the configuration in the folder ``config`` of a home; raises `ConfigError`.

    ``known`` are the formats that topics may have: the built-in ones, and those of configured sources.
    The variable KAFKA_BOOTSTRAP_SERVERS, where it is set, says which brokers (comma-separated).
    """
    place = f"config/{FILE}"
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(place, "a file that says which topics to take in", "none") from error
    config = _at(parse(data, KafkaConfig, place), place)
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


def _at(config: KafkaConfig, place: str) -> KafkaConfig:
    """Return ``config`` with the brokers that the environment names, if it does."""
    named = os.environ.get(SERVERS, "")
    if named:
        try:
            brokers = convert([text.strip() for text in named.split(",")], tuple[Address, ...])
        except ValidationError as error:
            raise ConfigError(SERVERS, "HOST:PORT, several with commas between them", named) from error
        return replace(config, brokers=brokers)
    if not config.brokers:
        raise ConfigError(f"{place}.brokers", f"a broker, here or in {SERVERS}", "none")
    return config


def instance_name(config: KafkaConfig, given: str | None) -> str:
    """Return the name by which this process gets its partitions back: by default one for each machine."""
    return given or f"{config.group}-{socket.gethostname()}"


def _count(config: KafkaConfig, topic: str) -> int:
    return sum(row.topic == topic for row in config.topics)
