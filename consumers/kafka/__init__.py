"""Signals from Apache Kafka: each record is taken in exactly once, whatever crashes (design 8)."""
