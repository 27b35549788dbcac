"""Which failures of the database pass by themselves."""

import asyncpg

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,  # shut down, starting up, cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.TransactionRollbackError,  # deadlock, serialisation
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,  # we were frozen for longer than that
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is not yet the primary
)
"""Retried in place with back-off by loops; `503` with Retry-After at a front door. Never a reason to dead-letter."""
