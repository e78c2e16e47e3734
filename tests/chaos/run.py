"""One run: a clean phase, a phase under faults, quiet, and the verdict."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.chaos import figures
from tests.chaos.attack import Attack
from tests.chaos.checks import CONSUMERS, Verdict
from tests.chaos.evidence import gather, rest
from tests.chaos.faults import draw
from tests.chaos.lab import Lab, wait_until
from tests.chaos.operator import settle_doubtful_mails
from tests.chaos.stage import Stage
from tests.chaos.unheard import announce_unheard

CLEAN_SHARE, CLEAN_LEAST = 0.2, 5.0  # of the run; seconds
STEADY = 8  # looks in a row at which nothing is open: what the clock sets off at Stripe comes a moment later
LEAPS = (660, 3_600, 6 * 3_600)  # seconds the clock is moved by when all is quiet: what backed off is due then
LOOK_EACH = 0.25  # seconds


@dataclass(frozen=True, kw_only=True)
class Length:
    """Seconds under faults and before, and those within which everything has to be done afterwards."""

    seconds: float
    quiet: float = 90.0


def play(lab: Lab, name: str, *, seed: int, length: Length, mutation: str = "") -> tuple[dict[str, Any], list[str]]:
    """Run, and return the figures and the findings as sentences."""
    stage = Stage(lab, name, seed=seed, mutation=mutation)
    stage.start()
    try:
        return _play(lab, stage, seed=seed, length=length)
    finally:
        stage.end()


def _play(lab: Lab, stage: Stage, *, seed: int, length: Length) -> tuple[dict[str, Any], list[str]]:
    wait_until(partial(_is_warm, lab, stage), "every lane")
    begin = time.time()
    clean = max(CLEAN_LEAST, length.seconds * CLEAN_SHARE)
    time.sleep(clean)
    calm_end, faulty = time.time(), max(length.seconds - clean, CLEAN_LEAST)
    say(f"{stage.name}: {clean:.0f} s without faults are over; {faulty:.0f} s with faults begin")
    attack = Attack(lab, stage)
    attack.run(draw(seed, faulty), faulty)
    end = time.time()
    attack.heal()
    settled = settle(lab, stage, length.quiet)
    announce_unheard(lab, stage)
    _wait(partial(_is_done, lab, stage), length.quiet, looks=STEADY)
    evidence = gather(lab, stage)
    verdict = Verdict(evidence).judge()
    timeline = figures.timeline(evidence, attack.all_done(), begin)
    (stage.folder / "timeline.txt").write_text("\n".join(timeline))
    before = figures.rate(evidence.effect_times, begin, calm_end)
    under = figures.rate(evidence.effect_times, calm_end, end)
    return {
        "seconds": round(end - begin, 1),
        "seed": seed,
        "events": len(evidence.events),
        "effects": sum(evidence.effects.values()),
        "payments": sum(evidence.charges.values()),
        "messages_in": sum(evidence.messages.values()),
        "faults": figures.count(attack.all_done()) | figures.by_clinics(evidence),
        **verdict.figures(),
        "recovery_ms": figures.recovery(evidence, attack.all_done()),
        "effects_per_s_clean": round(before),
        "throughput_ratio_under_fault": round(under / before, 3) if before else 0.0,
        **settled,
    }, list(verdict.sentences())


def settle(lab: Lab, stage: Stage, seconds: float) -> dict[str, float]:
    """Silence the clients and wait until nothing is due; then leap ahead, so that what backs off is done, too.

    Returns how long the first of these took, which is the backlog and every lease that was still held, and how many
    e-mails an operator had to ask the provider about; it stops waiting after `seconds` a leap: what is left is for the
    checks to find.
    """
    begin = time.monotonic()
    stage.silence()
    _wait(stage.is_silent, seconds)
    _wait(partial(_is_done, lab, stage), seconds, looks=STEADY)
    drained = round(time.monotonic() - begin, 1)
    say(f"{stage.name}: quiet after {drained} s; open: {dict(rest(lab, stage))}")
    doubtful = settle_doubtful_mails(lab, stage)
    for leap in LEAPS:
        moved = float(stage.clock.read_text()) if stage.clock.exists() else 0.0
        draft = stage.clock.with_suffix(".new")
        draft.write_text(str(moved + leap))
        draft.replace(stage.clock)
        _wait(partial(_is_done, lab, stage), seconds, looks=STEADY)
    say(f"{stage.name}: all clocks moved after {time.monotonic() - begin:.1f} s; open: {dict(rest(lab, stage))}")
    return {"drained_s": drained, "mails_in_doubt": doubtful}


def _is_warm(lab: Lab, stage: Stage) -> bool:
    with lab.superuser(stage.database) as database:
        lanes = database.execute("SELECT count(DISTINCT consumer) FROM chaos_effect").fetchone()
    return lanes is not None and lanes[0] >= len(CONSUMERS)


def _is_done(lab: Lab, stage: Stage) -> bool:
    return not rest(lab, stage, due_only=True)


def _wait(holds: Callable[[], bool], seconds: float, looks: int = 1) -> None:
    """Wait until something holds at so many looks in a row, or for `seconds`."""
    deadline, seen = time.monotonic() + seconds, 0
    while seen < looks and time.monotonic() < deadline:
        seen = seen + 1 if holds() else 0
        time.sleep(LOOK_EACH)


def say(sentence: str) -> None:
    """Tell the person who waits; stdout is for the result."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201
