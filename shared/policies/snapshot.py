"""All policies at one moment: what a decision is taken by, and what every reader of the topic builds alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from shared.ids import StoreId, TechnicianId
from shared.policies.agreement import ServiceAgreement
from shared.policies.calendar import Calendar, Holidays
from shared.policies.dispatch import Dispatch
from shared.policies.kinds import Policy, parse_policy
from shared.policies.notification import Notification
from shared.policies.places import Chain, Crew, Divisions, Store, Technician, Territory
from shared.policies.workflow import Workflow

P = TypeVar("P", bound=Policy)
P_co = TypeVar("P_co", bound=Policy, covariant=True)


@dataclass(frozen=True, eq=False)
class Versioned(Generic[P_co]):
    """One version of one policy. Compared by identity, so that what is compiled from it can be kept beside it."""

    kind: str
    name: str
    version: int
    body: P_co

    @property
    def key(self) -> str:
        """`kind/name`, the key of its records."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Policies:
    """An immutable snapshot of all policies; `with_policy` gives the next one."""

    entries: Mapping[tuple[str, str], Versioned[Policy]] = field(default_factory=lambda: MappingProxyType({}))

    def with_policy(
        self, kind: str, name: str, version: int, body: Policy | Mapping[str, Any], *, is_published: bool = False
    ) -> "Policies":
        """The snapshot after this version was published; a mapping is parsed first, as by `parse_policy`."""
        parsed = parse_policy(kind, name, body, is_published=is_published) if isinstance(body, Mapping) else body
        entries = {**self.entries, (kind, name): Versioned(kind, name, version, parsed)}
        return Policies(MappingProxyType(entries))

    def entry(self, kind: str, name: str) -> Versioned[Policy] | None:
        """The policy with its version, or None."""
        return self.entries.get((kind, name))

    def version(self, kind: str, name: str) -> int:
        """Its version; 0 when there is none (for a kind with defaults: the defaults hold)."""
        found = self.entries.get((kind, name))
        return found.version if found else 0

    def of_kind(self, kind: str) -> Iterator[Versioned[Policy]]:
        """All policies of a kind, by name."""
        return (self.entries[key] for key in sorted(self.entries) if key[0] == kind)

    def chain(self, name: str = "default") -> Chain | None:
        """What holds for all stores."""
        return self._body(Chain, "chain", name)

    def store(self, store_id: str) -> Store | None:
        """The store of that id, or None: a foreign id is no error."""
        return self._body(Store, "store", store_id)

    def stores(self) -> dict[StoreId, Store]:
        """All stores by id."""
        return {StoreId(one.name): one.body for one in self.of_kind("store") if isinstance(one.body, Store)}

    def crew(self, store_id: str) -> Crew | None:
        """The technicians of a store."""
        return self._body(Crew, "crew", store_id)

    def technician(self, technician_id: str) -> tuple[StoreId, Technician] | None:
        """A technician and the store whose crew they belong to."""
        return self._technicians.get(TechnicianId(technician_id))

    def technicians(self) -> Mapping[TechnicianId, tuple[StoreId, Technician]]:
        """Every technician with the store of their crew, by id."""
        return self._technicians

    def workflow(self, name: str = "default") -> Workflow | None:
        """The way of a ticket."""
        return self._body(Workflow, "workflow", name)

    def dispatch(self, name: str = "default") -> Dispatch:
        """The weights of dispatch, with defaults when nobody published any."""
        return self._body(Dispatch, "dispatch", name) or Dispatch()

    def calendar(self, name: str = "default") -> Calendar | None:
        """The hours that count."""
        return self._body(Calendar, "calendar", name)

    def holidays(self, name: str | None) -> Holidays | None:
        """The national holidays of that name; None too for a calendar that names none."""
        return self._body(Holidays, "holiday", name) if name else None

    def service_agreement(self, name: str = "default") -> ServiceAgreement | None:
        """The clocks of tickets."""
        return self._body(ServiceAgreement, "service_agreement", name)

    def notification(self, name: str = "default") -> Notification | None:
        """Who is told of what."""
        return self._body(Notification, "notification", name)

    def territories(self) -> tuple[Versioned[Territory], ...]:
        """All territories, by name; the same tuple at every call, so that what is compiled from it is found again."""
        return self._territories

    def divisions(self) -> tuple[Versioned[Divisions], ...]:
        """All lists of divisions, by name; the same tuple at every call, as with `territories`."""
        return self._divisions

    def _body(self, model: type[P], kind: str, name: str) -> P | None:
        found = self.entries.get((kind, name))
        return found.body if found is not None and isinstance(found.body, model) else None

    @cached_property
    def _territories(self) -> tuple[Versioned[Territory], ...]:
        return tuple(cast("Versioned[Territory]", one) for one in self.of_kind("territory"))

    @cached_property
    def _divisions(self) -> tuple[Versioned[Divisions], ...]:
        return tuple(cast("Versioned[Divisions]", one) for one in self.of_kind("division"))

    @cached_property
    def _technicians(self) -> Mapping[TechnicianId, tuple[StoreId, Technician]]:
        return {
            TechnicianId(technician.id): (StoreId(one.name), technician)
            for one in self.of_kind("crew")
            if isinstance(one.body, Crew)
            for technician in one.body.technicians
        }
