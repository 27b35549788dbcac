"""Claims about one part on real Kafka and real PostgreSQL."""
