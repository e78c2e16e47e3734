"""python -m tests.chaos [--duration 60] [--seed 7] [--no-mutations]: the fault run and the proof of its checkers.

The last line of stdout is one JSON object (docs/contract.md). Exit code 0 when nothing was lost, doubled, misordered or
stuck and every mutation was caught; 1 when not, with the seed that plays it again; 2 when it could not start.
"""

import argparse
import faulthandler
import json
import secrets
import signal
import sys
from typing import Any

from config.local.failures import CannotStart
from config.local.processes import NotReady, ProcessDied
from tests.chaos import billing
from tests.chaos.lab import Lab
from tests.chaos.run import Length, play, say

WRONG = ("lost", "doubled", "misordered", "stuck", "torn", "double_charges")
# What each mutation has to be caught by, and the seconds its run takes.
MUTATIONS = {"fence": ("doubled",), "inbox": ("doubled",), "sweep": ("stuck", "lost")}
MUTATION_LENGTH = Length(seconds=30, quiet=12)
WATCHDOG = 900  # seconds that a run may take beyond its duration


def main() -> int:
    """Run and report."""
    options = _parser().parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(10_000)
    _watch(options.duration + WATCHDOG * (1 if options.no_mutations else 2))
    say(f"seed {seed}")
    try:
        with Lab() as lab:
            result, sentences = play(lab, "main", seed=seed, length=Length(seconds=options.duration))
            result["billing"] = billing.play(lab, seed=seed, seconds=min(options.duration, billing.MINUTE))
            if not options.no_mutations:
                result["mutations_caught"] = {name: _is_caught(lab, name, seed) for name in MUTATIONS}
    except (CannotStart, NotReady, ProcessDied) as error:
        say(str(error))
        return 2
    return _report(result, sentences)


def _is_caught(lab: Lab, mutation: str, seed: int) -> bool:
    figures, sentences = play(lab, mutation, seed=seed, length=MUTATION_LENGTH, mutation=mutation)
    say(f"mutation {mutation}: " + ", ".join(f"{name} {figures[name]}" for name in WRONG))
    say("\n".join(sentences[:3]))
    return any(figures[name] for name in MUTATIONS[mutation])


def _report(result: dict[str, Any], sentences: list[str]) -> int:
    for sentence in sentences:
        say(sentence)
    missed = [name for name, caught in result.get("mutations_caught", {}).items() if not caught]
    wrong = [name for name in WRONG if result[name]]
    wrong += [f"billing: {name}" for name in billing.WRONG if result["billing"][name]]
    if wrong or missed:
        say(f"FAILED: {', '.join(wrong + [f'{name} mutation not caught' for name in missed])}. Play it again: "
            f"make chaos SEED={result['seed']}. Logs and journals: .local/chaos/.")  # fmt: skip
    print(json.dumps(result), flush=True)  # noqa: T201 - the result
    return 1 if wrong or missed else 0


def _watch(seconds: float) -> None:
    """End a run that hangs, and say where."""
    faulthandler.dump_traceback_later(seconds - 5, exit=False)
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(int(seconds))


def _hang(*_: object) -> None:
    raise SystemExit("The fault run hung: see the traceback above and .local/chaos/.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The fault run.")
    parser.add_argument("--duration", type=float, default=60, help="seconds, clean phase included")
    parser.add_argument("--seed", type=int, help="of the schedule of faults; drawn when it is left out")
    parser.add_argument("--no-mutations", action="store_true", help="leave out the proof of the checkers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
