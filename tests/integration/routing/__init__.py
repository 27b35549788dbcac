"""Routing on real PostgreSQL and Kafka: races, replays, what stands after a crash."""
