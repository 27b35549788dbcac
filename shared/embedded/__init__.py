"""PostgreSQL and Apache Kafka, real and durable, started for you: neither Docker nor a server installed by hand.

```python
async with EmbeddedServers(home, progress=show) as servers:
    servers.kafka  # "127.0.0.1:23456", bootstrap servers
    servers.databases  # {"intake": "postgresql://…", "routing": …, "notify": …, "projection": …}, existing, maybe empty
    servers.admin_url  # a user that may make databases
    servers.pids  # {"kafka": 1, "postgres": 2}
```

* While the block runs, `<home>/servers.json` says the same to others. Leaving the block stops both servers within
  seconds, also after Ctrl-C; after kill -9 of this process they stop by themselves (see `keeper`).
* If `gongdan servers start` keeps servers for that home already, the block uses those and leaves them running.
* If another command runs servers there, entering raises `CannotServe`, which says who: all it raises says what to do.
* `stop_servers(home)` and `servers_status(home)` serve `gongdan servers stop|status`; `detached=True` serves `start`.

Where things are: `kafka` and `postgres` (settings with their reasons), `jars` and `fetch` (what Kafka consists of),
`home` (the folder), `lock` (one owner), `keeper` (the process that keeps both), `servers` (the commands' side).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.embedded.errors import CannotServe
    from shared.embedded.progress import Progress, Step
    from shared.embedded.servers import EmbeddedServers, servers_status, stop_servers
    from shared.embedded.state import Addresses

__all__ = ["Addresses", "CannotServe", "EmbeddedServers", "Progress", "Step", "servers_status", "stop_servers"]

_MODULES = {
    "Addresses": "state",
    "CannotServe": "errors",
    "EmbeddedServers": "servers",
    "Progress": "progress",
    "Step": "progress",
    "servers_status": "servers",
    "stop_servers": "servers",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is asked for: the keeper and `fetch` live here too, and need little of the rest."""
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
