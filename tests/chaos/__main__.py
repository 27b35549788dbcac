"""`python -m tests.chaos --rounds 100 --seed 7`: break the machine so often, and say what held.

`--faults kill,freeze` takes these only; half of the rounds have two. `--list` prints the faults. A round that fails
ends the run with exit code 1: its seed, its script and what broke first are printed, and the folder with everything
that was recorded is kept. `--mutants` shows the checkers each of the mutants instead.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median

import orjson

from tests.chaos.campaign import Campaign, Outcome, a_campaign
from tests.chaos.faults import FAULTS
from tests.chaos.machine import SERVICES, Machine, a_machine
from tests.chaos.mutants.show import is_caught, show
from tests.chaos.mutants.table import MUTANTS
from tests.chaos.rebuilt import difference
from tests.chaos.rounds import plan
from tests.chaos.servers import some_servers
from tests.support.databases import FreshDatabases

WORDS_MAX = 600
"""Of one finding, on the screen; `broken.txt` has all of it."""
REBUILD_EVERY = 25
"""After so many rounds the live view is compared with one rebuilt from offset zero; and at the end."""


def main(words: list[str]) -> int:
    """Read the command line, run, report; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help="names, separated by commas; all when not given")
    parser.add_argument("--list", action="store_true", help="print the faults and stop")
    parser.add_argument("--mutants", nargs="*", help="show these mutants, or all, to the checkers")
    parser.add_argument("--keep", action="store_true", help="keep the folder although all was good")
    options = parser.parse_args(words)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the harness's own clients: it knows that Kafka is away
    if options.list:
        for fault in FAULTS.values():
            print(f"{fault.name:16} {fault.does}; undone: {fault.undone}; restarts: {fault.restarts}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix=f"gongdan-chaos-{options.seed}-"))
    folder.chmod(0o755)
    names = [name for name in options.faults.split(",") if name]
    if options.mutants is not None:
        is_good = asyncio.run(show_all(folder, options.mutants or list(MUTANTS)))
    else:
        is_good = asyncio.run(run(folder, options.seed, options.rounds, names))
    if is_good and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"everything that was recorded: {folder}")
    return 0 if is_good else 1


async def run(folder: Path, seed: int, rounds: int, names: list[str]) -> bool:
    """So many rounds on one machine; whether all were good."""
    began = time.monotonic()
    async with a_machine(folder) as machine:
        await machine.start()
        print(f"seed {seed}, {rounds} rounds, machine ready after {time.monotonic() - began:.1f} s", flush=True)
        async with a_campaign(machine, folder, seed) as campaign:
            for script in islice(plan(seed, possible(machine, names)), rounds):
                print(script, flush=True)
                outcome = await campaign.play(script)
                note(folder, outcome)
                is_last = script.number == rounds
                is_good = not outcome.broken and (
                    not (is_last or script.number % REBUILD_EVERY == 0) or await equals_rebuilt(campaign, folder)
                )
                if not is_good:
                    await keep_evidence(campaign, folder, seed, outcome)
                    return False
            report(campaign, time.monotonic() - began)
    return True


def possible(machine: Machine, names: list[str]) -> list[str]:
    """The faults that can be had on this machine; says which cannot."""
    chosen = names or list(FAULTS)
    if machine.own_servers.disk is None and "fill-disk" in chosen:
        print("fill-disk is left out: no file system can be mounted here", flush=True)
        chosen.remove("fill-disk")
    return chosen


async def show_all(folder: Path, names: list[str]) -> bool:
    """Every mutant on databases and topics of its own; whether all were caught."""
    caught = []
    async with some_servers(folder / "home", own_disk=False) as servers:
        databases = FreshDatabases(servers.admin_url)
        for name in names:
            here = folder / name
            here.mkdir()
            urls = {service: databases.new(service) for service in SERVICES}
            broken = await show(MUTANTS[name], here, servers.kafka, urls, f"{name}.")
            caught.append(is_caught(MUTANTS[name], broken))
    print(f"{sum(caught)} of {len(caught)} mutants were caught")
    return all(caught)


async def equals_rebuilt(campaign: Campaign, folder: Path) -> bool:
    """Whether the live view is the one rebuilt from offset zero, byte for byte."""
    said = await difference(campaign.machine)
    if said is not None:
        (folder / "rebuild.txt").write_text(said, "utf-8")
        print(f"the live view differs from the rebuilt one:\n{said}", flush=True)
        return False
    print("  live equals rebuilt", flush=True)
    return True


def note(folder: Path, outcome: Outcome) -> None:
    """Print how a round ended, and keep it."""
    words = f"  {outcome.operations} operations, {outcome.facts} facts, at rest after {outcome.rested_after_s:.1f} s"
    print(f"{words}, {outcome.took_s:.1f} s in all", flush=True)
    with (folder / "rounds.ndjson").open("ab") as file:
        steps = [str(step) for step in outcome.round.steps]
        line = {"round": outcome.round.number, "steps": steps, "rested_after_s": outcome.rested_after_s}
        file.write(orjson.dumps(line | {"broken": [str(one) for one in outcome.broken]}) + b"\n")


async def keep_evidence(campaign: Campaign, folder: Path, seed: int, outcome: Outcome) -> None:
    """Print what broke first, and put everything that explains it beside the history."""
    print(f"\nFAILED with seed {seed}, {outcome.round}", flush=True)
    for broken in outcome.broken[:10]:
        print(f"  {str(broken)[:WORDS_MAX]}", flush=True)
    if len(outcome.broken) > 10:
        print(f"  and {len(outcome.broken) - 10} more", flush=True)
    (folder / "broken.txt").write_text("\n".join(map(str, outcome.broken)), "utf-8")
    with (folder / "log.ndjson").open("wb") as file:
        for fact in sorted(campaign.log.facts, key=lambda fact: (fact.partition, fact.offset)):
            file.write(orjson.dumps(fact) + b"\n")
    shutil.copytree(campaign.machine.home / "logs", folder / "servers", dirs_exist_ok=True)


def report(campaign: Campaign, took_s: float) -> None:
    """What the run was made of."""
    by_fault: dict[str, list[float]] = {}
    for outcome in campaign.outcomes:
        for step in outcome.round.steps:
            by_fault.setdefault(step.fault, []).append(outcome.rested_after_s)
    print(f"\n{'fault':16} times  at rest after (median, longest)")
    for name, rests in sorted(by_fault.items()):
        print(f"{name:16} {len(rests):5}  {median(rests):5.1f} s {max(rests):5.1f} s")
    count = sum(len(rests) for rests in by_fault.values())
    exits = sum(len(process.exits) for process in campaign.machine.processes.values())
    log = campaign.log
    print(
        f"\n{len(campaign.outcomes)} rounds, {count} faults, {len(campaign.history.operations)} operations,"
        f" {len(log.facts)} facts, {log.fences} fences, {len(log.injected)} foreign records,"
        f" {exits} ends of processes, {campaign.sampler.looks} looks at the tables, {took_s / 60:.1f} minutes: all held"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
