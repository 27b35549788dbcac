"""Which failures of the database pass by themselves."""

import asyncpg

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg says at times that the connection ended in the middle of a statement
    asyncpg.OperatorInterventionError,  # shut down, starting up, cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.TransactionRollbackError,  # deadlock, serialisation
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,  # we were frozen for longer than that
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is not yet the primary
    asyncpg.ObjectNotInPrerequisiteStateError,  # "not currently accepting connections": closed by an operator
    asyncpg.InvalidCatalogNameError,  # the database is being made again, or moved
    asyncpg.InvalidAuthorizationSpecificationError,  # rights or a password are being changed
    asyncpg.PostgresSystemError,  # the server's disk or system says no
)
"""Retried in place with back-off by loops; `503` with Retry-After at a front door. Never a reason to dead-letter."""

LOST: tuple[type[BaseException], ...] = (RuntimeError, *TRANSIENT, asyncpg.PostgresError)
"""Whatever a connection says that is not what it was, to who only watches or listens, and opens another one.

RuntimeError: aiokafka's errors are such, and so is uvloop's of a connection that was just closed."""
