"""How fast the work went on after a fault, and how much of it was done meanwhile."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate
from math import isfinite

from tests.chaos.evidence import Evidence
from tests.chaos.faults import Done


def recovery(evidence: Evidence, done: list[Done]) -> dict[str, dict[str, float | None]]:
    """Milliseconds from each fault to the first effect after it, by kind: p50, p99, max.

    A fault of one lane is measured by that lane's effects, any other by those of the domain lane.
    """
    hooks = sorted(entry["at"] for entry in evidence.received if entry["kind"] == "hook")
    calls = sorted(entry["at"] for entry in evidence.received if entry["kind"] == "call")
    series = {"webhooks": hooks, "billing": calls, "mail": evidence.mail_times}
    waits: dict[str, list[float]] = defaultdict(list)
    for fault in done:
        times = series.get(fault.lane, evidence.effect_times)
        waits[fault.kind].append(_wait(times, fault.at))
    return {kind: _summary(found) for kind, found in sorted(waits.items())}


def timeline(evidence: Evidence, done: list[Done], begin: float) -> list[str]:
    """One line a second of the run: effects in it, and the faults, for whoever looks into a failure."""
    effects = Counter(int(at - begin) for at in evidence.effect_times)
    faults: dict[int, list[str]] = defaultdict(list)
    for fault in done:
        faults[int(fault.at - begin)].append(f"{fault.kind} {fault.lane}".strip())
    seconds = range(min([0, *effects]), max([0, *effects, *faults]) + 1)
    return [f"{second:4} s {effects[second]:6} effects  {', '.join(faults[second])}" for second in seconds]


def count(done: list[Done]) -> dict[str, int]:
    """How often each kind of fault happened."""
    return dict(sorted(Counter(fault.kind for fault in done).items()))


def by_clinics(evidence: Evidence) -> dict[str, int]:
    """How many of the clinics' messages came once more, and how many came after one that was begun later."""
    numbers = [entry["number"] for entry in evidence.received if entry["kind"] == "message"]
    latest = accumulate(numbers, max)
    late = sum(number < most for number, most in zip(numbers, latest, strict=True))
    return {"clinics_doubled": len(numbers) - len(set(numbers)), "clinics_reordered": late}


def rate(times: Sequence[float], begin: float, end: float) -> float:
    """Effects a second between two instants."""
    return (bisect_right(times, end) - bisect_right(times, begin)) / (end - begin)


def _wait(times: Sequence[float], at: float) -> float:
    """Milliseconds until the next effect; infinite when none followed."""
    index = bisect_right(times, at)
    return (times[index] - at) * 1000 if index < len(times) else float("inf")


def _summary(waits: list[float]) -> dict[str, float | None]:
    """JSON knows no infinity: null where no effect followed."""
    waits = sorted(waits)
    ranks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    found = {name: waits[min(int(len(waits) * rank), len(waits) - 1)] for name, rank in ranks.items()}
    return {name: round(wait, 1) if isfinite(wait) else None for name, wait in found.items()}
