"""What goes wrong, and when: a schedule drawn from a seed, so that a failing one can be played again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

KILL_EACH = 0.7  # seconds between SIGKILLs of workers on average: over 80 a minute ordered, for some find nobody
STOP_EACH = 6.0  # seconds between SIGSTOPs
GREAT_EACH = 1.9  # seconds between everything else, which comes in turn: each once in a minute’s run
STOP_SECONDS = (5.5, 8.0)  # longer than a lease
VICTIMS = {"domain": 12, "sweep": 1, "billing": 1, "mail": 1, "webhooks": 1}  # lanes, and how often each is hit

# Everything else, once in each turn, in an order drawn anew.
GREAT = (
    "postgres_restart",
    "postgres_terminate",
    "postgres_cut_commit",
    "postgres_cut_answer",
    "postgres_reset",
    "postgres_refuse",
    "postgres_stall",
    "valkey_restart",
    "valkey_flush",
    "valkey_reset",
    "valkey_stall",
    "clinics_slow",
    "clinics_error",
    "clinics_garbage",
    "clinics_hangup",
    "stripe_drop",
    "stripe_error",
    "stripe_notices",
    "mailbox_hangup",
    "kill_web",
    "kill_beat",
    "kill_publisher",
)
BILLING_KILL_EACH = 1.5  # seconds between kills of the billing lane's worker in the billing minute
BILLING_EACH = 1.0  # seconds between everything else of it, in turn
BILLING = (
    "stripe_error",
    "stripe_timeout",
    "stripe_drop",
    "stripe_notices",
    "postgres_terminate",
    "stripe_error",
    "kill_web",
    "postgres_cut_commit",
)
# Faults that touch one lane: recovery is measured by that lane's effects.
LANE_OF = {"clinics": "webhooks", "mailbox": "mail", "stripe": "billing"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing to do, `at` seconds after the clean phase; `choice` in [0, 1) picks among what is there by then."""

    at: float
    kind: str
    lane: str = ""
    seconds: float = 0.0
    choice: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Done:
    """A fault that happened, at Unix seconds of the machine's clock."""

    kind: str
    at: float
    lane: str = ""


def draw(seed: int, seconds: float) -> list[Fault]:
    """Return the faults of a run of `seconds` under faults, oldest first. The same seed gives the same."""
    random = Random(f"faults:{seed}")
    faults = [*_kills(random, seconds), *_stops(random, seconds), *_great(random, seconds)]
    return sorted(faults, key=lambda fault: fault.at)


def draw_billing(seed: int, seconds: float) -> list[Fault]:
    """Return the faults of a billing minute of `seconds`, oldest first. The same seed gives the same."""
    random = Random(f"billing:{seed}")
    kills = [
        Fault(at=at, kind="kill_worker", lane="billing", choice=random.random())
        for at in _moments(random, BILLING_KILL_EACH, seconds)
    ]
    others = [
        Fault(
            at=at,
            kind=kind,
            lane=LANE_OF.get(kind.partition("_")[0], ""),
            seconds=random.uniform(1, 4),
            choice=random.random(),
        )
        for at, kind in zip(_moments(random, BILLING_EACH, seconds), cycle(BILLING), strict=False)
    ]
    return sorted([*kills, *others], key=lambda fault: fault.at)


def _moments(random: Random, each: float, seconds: float) -> Iterator[float]:
    at = random.uniform(0, each)
    while at < seconds:
        yield at
        at += each * random.uniform(0.5, 1.5)


def _kills(random: Random, seconds: float) -> Iterator[Fault]:
    """A worker whole, or, where it has a pool, mostly a member of it."""
    for at in _moments(random, KILL_EACH, seconds):
        [lane] = random.choices(list(VICTIMS), list(VICTIMS.values()))
        kind = "kill_member" if lane == "domain" and random.random() < 0.75 else "kill_worker"
        yield Fault(at=at, kind=kind, lane=lane, choice=random.random())


def _stops(random: Random, seconds: float) -> Iterator[Fault]:
    for at in _moments(random, STOP_EACH, seconds):
        [lane] = random.choices(list(VICTIMS), list(VICTIMS.values()))
        yield Fault(at=at, kind="stop", lane=lane, seconds=random.uniform(*STOP_SECONDS), choice=random.random())


def _great(random: Random, seconds: float) -> Iterator[Fault]:
    turns = (random.sample(GREAT, len(GREAT)) for _ in cycle([None]))
    kinds = (kind for turn in turns for kind in turn)
    for at, kind in zip(_moments(random, GREAT_EACH, seconds), kinds, strict=False):
        lane = LANE_OF.get(kind.partition("_")[0], "")
        yield Fault(at=at, kind=kind, lane=lane, seconds=random.uniform(1, 4), choice=random.random())
