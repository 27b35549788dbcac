"""`python -m tests.bench.days [days]`: the table of docs/decisions/0018, as Markdown."""

import sys
from statistics import fmean

from services.routing.dispatch.rules import DEFAULT, Rules, compiled
from shared.policies import Dispatch
from tests.bench.days.generate import Scene, generate
from tests.bench.days.play import Play, Way
from tests.bench.days.ways import one_by_one, together

SCENES = (
    Scene("calm", technicians=15, tickets=60),
    Scene("busy", technicians=15, tickets=110),
    Scene("too much", technicians=15, tickets=150),
    Scene("rare skills", technicians=15, tickets=90, skills_each=1),
    Scene("one at a time", technicians=15, tickets=110, capacity=1),
    Scene("a whole city", technicians=60, tickets=440, radius_km=20),
)
HEADS = ("late_share", "late_min", "wait_min", "km", "spread_h", "compute_ms")


def ways(rules: Rules) -> dict[str, tuple[Way, float]]:
    """Every way with its window in seconds."""
    return {
        "one by one, at once": (one_by_one(rules), 0.0),
        "one by one, every 10 min": (one_by_one(rules), 600.0),
        "together, at once": (together(rules), 0.0),
        "together, every 10 min": (together(rules), 600.0),
        "together, every 30 min": (together(rules), 1800.0),
    }


def main() -> int:
    """Play every scene with every way over the same days."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    far = compiled(Dispatch.model_validate({"weights": {"distance": 40}}), version=0)
    sys.stdout.write(f"| scene | way | {' | '.join(HEADS)} |\n|---|---|{'---:|' * len(HEADS)}\n")
    for scene in SCENES:
        made = [generate(scene, seed) for seed in range(days)]
        for name, (way, window_s) in {
            **ways(DEFAULT),
            **{f"{one}, distance 40": two for one, two in ways(far).items()},
        }.items():
            found = [Play(workers, jobs, way, window_s=window_s).run().figures() for workers, jobs in made]
            shown = " | ".join(f"{fmean(one[head] for one in found):.3g}" for head in HEADS)
            sys.stdout.write(f"| {scene.name} | {name} | {shown} |\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
