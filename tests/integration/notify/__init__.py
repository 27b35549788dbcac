"""Notify on real servers: Kafka, PostgreSQL, SMTP and HTTP."""
