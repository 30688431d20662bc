"""The loop that takes topics in: one thread, offsets in the ledger's own transaction.

What is recorded and how far we are are one commit, so a crash anywhere repeats nothing and skips nothing.
The broker's committed offsets are advice for its dashboards. While the ledger cannot write, partitions are
paused and polling goes on, so the group keeps its members; nothing is dead-lettered for that.
"""

from __future__ import annotations

import threading
import time
from itertools import count

import structlog
from kafka import KafkaAdminClient
from kafka.errors import FencedInstanceIdError, KafkaError

from consumers.errors import InstanceTaken, TopicMissing
from consumers.kafka.config import KafkaConfig
from consumers.kafka.connection import connection
from consumers.kafka.ownership import Topics
from consumers.kafka.session import BACK_OFF_S, Session, Setting, Stalled
from ledger.sourceoffset import OffsetFenced

AGAIN_S = 2.0
"""How long to wait before joining anew after an error of the cluster's."""

log = structlog.get_logger(__name__)


class KafkaIntake:
    """Takes in the configured topics until it is stopped."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have `run` return once what is being recorded is recorded; from any thread or signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Take in until `stop`.

        Raises `ReadOnly`, a fatal `StoreError`, `TopicMissing`, `InstanceTaken` and `KeyUnavailable`.
        """
        meters = self._setting.meters
        while not self._stop.is_set():
            topics = self._looked_up()
            if topics is None:
                return
            try:
                Session(self._setting, topics).run(self._stop)
            except OffsetFenced as error:
                # Somebody else owns a partition by now: come back as a new member, and see what is ours.
                meters.fenced += 1
                log.warning("fenced; joining anew", error=str(error))
            except FencedInstanceIdError as error:
                name = self._setting.instance
                raise InstanceTaken(f"another process goes by the name {name}: give each its own") from error
            except Stalled as error:
                meters.stalls += 1
                log.warning("stalled; joining anew", error=str(error))
            except KafkaError as error:
                # A broker that was asked and is away, or that refuses: it is looked up until it answers.
                log.warning("the cluster failed us; joining anew", error=str(error), seconds=AGAIN_S)
                self._stop.wait(AGAIN_S)

    def _looked_up(self) -> Topics | None:
        """Return what the cluster says once it answers, None when stopped before."""
        for attempt in count():
            self._setting.meters.ticked = time.time()
            try:
                return look_up(self._setting.config)
            except KafkaError as error:
                delay = BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)]
                log.warning("the cluster does not answer", error=str(error), seconds=delay)
                if self._stop.wait(delay):
                    break
        return None


def look_up(config: KafkaConfig) -> Topics:
    """Return the ids of the cluster and of the configured topics; raises `TopicMissing` and `KafkaError`."""
    admin = KafkaAdminClient(**connection(config))
    try:
        cluster = admin.describe_cluster()["cluster_id"]
        found = {
            row["name"]: row["topic_id"]
            for row in admin.describe_topics([row.topic for row in config.topics])
            if not row["error_code"]
        }
    finally:
        admin.close()
    missing = [row.topic for row in config.topics if row.topic not in found]
    if missing:
        raise TopicMissing(f"expected topics {', '.join(missing)} at {', '.join(config.brokers)}, found none")
    return Topics(cluster, found)
