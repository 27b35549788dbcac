"""The faults, in one table. A new one is a block that breaks and mends, and a line in its module's `FAULTS`."""

from tests.chaos.faults import crowd, links, processes, records, servers
from tests.chaos.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault for module in (processes, servers, links, records, crowd) for fault in module.FAULTS
}
