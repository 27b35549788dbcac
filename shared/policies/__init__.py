"""The rules of the house as data: one closed model per kind of policy, and the snapshot that every reader builds alike.

`model.py` what all have in common; `places.py` chain, stores, crews, territories, divisions; `workflow.py` commands,
states, priorities, categories; `calendar.py` hours and holidays, `zones.py` where clocks show them; `agreement.py` how
long things may take, on the named goals of `metrics.py` and the conditions of `conditions.py`; `dispatch.py` how
candidates are weighed; `notification.py` who is told; `kinds.py` finds the model of a kind and reads a body;
`snapshot.py` all policies at one moment; `check.py` what they must agree on; `files.py` the same as YAML on disk.
"""

from shared.policies.agreement import ServiceAgreement
from shared.policies.calendar import Calendar, Holidays
from shared.policies.check import Problem, check_policies
from shared.policies.dispatch import Dispatch
from shared.policies.kinds import POLICY_KINDS, Policy, parse_policy, policy_body
from shared.policies.model import Texts
from shared.policies.notification import Notification
from shared.policies.places import Chain, Crew, Division, Divisions, Store, Technician, Territory
from shared.policies.snapshot import Policies, Versioned
from shared.policies.workflow import CategoryRule, CommandRule, Status, Workflow

__all__ = [
    "POLICY_KINDS",
    "Calendar",
    "CategoryRule",
    "Chain",
    "CommandRule",
    "Crew",
    "Dispatch",
    "Division",
    "Divisions",
    "Holidays",
    "Notification",
    "Policies",
    "Policy",
    "Problem",
    "ServiceAgreement",
    "Status",
    "Store",
    "Technician",
    "Territory",
    "Texts",
    "Versioned",
    "Workflow",
    "check_policies",
    "parse_policy",
    "policy_body",
]
