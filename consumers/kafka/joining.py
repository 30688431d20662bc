"""A rebalance that was begun is finished, which kafka-python 3.0 forgets to do in one case."""

from __future__ import annotations

from kafka import KafkaConsumer


def finish_joining(consumer: KafkaConsumer) -> None:
    """Have the next poll go on with a rebalance that the last one had no time for.

    The library rejoins when the leader's view of the partitions has changed, and forgets that reason as soon
    as it has decided who gets what. Where the poll's time is up before the answer is there, nobody picks the
    answer up: this member has no partitions, sends no heartbeats, and never joins again. A rejoin that is
    asked for is remembered. Between two polls nothing else changes this.
    """
    coordinator = consumer._coordinator
    if coordinator.rejoining:
        coordinator.request_rejoin()
