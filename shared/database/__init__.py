"""PostgreSQL: pools, migrations, and being woken by `NOTIFY`. One database per service, one dialect everywhere."""
