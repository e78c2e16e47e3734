"""How a clinic behaves, as data: one row each, and options that any row may be given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCEPTED = "referral.accepted"
DECLINED = "referral.declined"
DECLINE_REASONS = ("no_capacity", "not_a_fit", "out_of_scope")
RECEIVED = b'{"received": true}'

Option = str | int | float


@dataclass(frozen=True)
class Step:
    """One sending of an answer: steps with the same `copy_of` share a webhook id."""

    copy_of: str = "first"
    rightly_signed: bool = True


@dataclass(frozen=True)
class Behaviour:
    """What a clinic does with a message that verifies.

    `status` and `body` are its HTTP response, and below 300 the message counts as taken; `drops` closes
    the connection without one, after writing `nonsense`. `answer` is what it says to an offer, in `steps`;
    None: it sends nothing of its own accord. `copies` is how often it posts each message of its own;
    `reorders` makes what it hears first be answered last. `schedules` is whether it agrees to the sessions that are
    proposed once it accepted. `options` are this row's defaults: `delay` (real
    seconds before the response), `times` (requests that get a 500 first) and `reason` (of declining).
    """

    answer: str | None = ACCEPTED
    steps: tuple[Step, ...] = (Step(),)
    status: int = 200
    body: bytes = RECEIVED
    drops: bool = False
    nonsense: bytes = b""
    copies: int = 1
    reorders: bool = False
    schedules: bool = True
    options: Mapping[str, Option] = field(default_factory=dict)


OPTIONS: Mapping[str, Option] = {"delay": 0.0, "times": 0, "reason": "no_capacity"}

BEHAVIOURS: Mapping[str, Behaviour] = {
    "accepts": Behaviour(),
    "accepts_only": Behaviour(schedules=False),
    "declines": Behaviour(answer=DECLINED),
    "silent": Behaviour(answer=None),
    "slow": Behaviour(options={"delay": 1.0}),
    "500_first": Behaviour(options={"times": 2}),
    "down": Behaviour(answer=None, drops=True),
    "garbage": Behaviour(body=b"\x00<<not json>>\xff", steps=(Step(rightly_signed=False), Step())),
    "answers_twice": Behaviour(steps=(Step(), Step(), Step(copy_of="second"))),
    "doubles": Behaviour(copies=2),
    "out_of_order": Behaviour(reorders=True),
    "nonsense": Behaviour(answer=None, drops=True, nonsense=b"\x00\xff220 smtp.example ESMTP\r\n\r\n"),
    "gone": Behaviour(answer=None, status=410, body=b'{"error": "gone"}'),
}
