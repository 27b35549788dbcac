"""Long outages, as commands: `python -m tests.outage kafka --seconds 120`, `postgres --times 10`, `poison`.

Each starts the real program in a home of its own, breaks one thing, and then reads Kafka itself.
"""
