"""`python -m tests.bench.days [days] [scene]`: the table of docs/decisions/0018, as Markdown."""

import sys
from statistics import fmean

from services.routing.dispatch.rules import DEFAULT, compiled
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
    Scene("after a night", technicians=15, tickets=90, overnight=45),
    Scene("a whole city", technicians=60, tickets=440, radius_km=20),
)
HEADS = {
    "late_share": ("late, %", "{:.1f}", 100),
    "late_min": ("late, min", "{:.1f}", 1),
    "wait_min": ("wait, min", "{:.0f}", 1),
    "km": ("km", "{:.2f}", 1),
    "spread_h": ("spread, h", "{:.2f}", 1),
    "compute_ms": ("computing, ms", "{:.0f}", 1),
}
"""Figure → its head, how it is shown, and times what."""
FAR = compiled(Dispatch.model_validate({"weights": {"distance": 40}}), version=0)
EXCHANGED = compiled(Dispatch(matching="together"), version=0)
WAYS: dict[str, tuple[Way, float]] = {
    "one by one, at once": (one_by_one(DEFAULT), 0.0),
    "exchanged, at once": (one_by_one(EXCHANGED), 0.0),
    "together, at once": (together(DEFAULT), 0.0),
    "one by one, every 10 min": (one_by_one(DEFAULT), 600.0),
    "together, every 10 min": (together(DEFAULT), 600.0),
    "together, every 30 min": (together(DEFAULT), 1800.0),
    "one by one, at once, distance 40": (one_by_one(FAR), 0.0),
    "together, every 10 min, distance 40": (together(FAR), 600.0),
}
"""Every way with its window in seconds."""


def main() -> int:
    """Play every scene with every way over the same days."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    write(["scene", "way", *(head for head, _, _ in HEADS.values())])
    write(["---", "---", *["---:"] * len(HEADS)])
    for scene in (one for one in SCENES if one.name in sys.argv[2:] or not sys.argv[2:]):
        made = [generate(scene, seed) for seed in range(days)]
        for name, (way, window_s) in WAYS.items():
            found = [Play(workers, jobs, way, window_s=window_s).run().figures() for workers, jobs in made]
            means = {key: fmean(one[key] for one in found) for key in HEADS}
            write([scene.name, name, *(form.format(means[key] * by) for key, (_, form, by) in HEADS.items())])
    return 0


def write(cells: list[str]) -> None:
    """One row of the table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
