"""The whole story, in order."""

import time
from typing import Any

from config.local.stack import Stack
from config.local.story import enrolling
from config.local.story.asking import activate_and_ask, route
from config.local.story.enrolling import enroll, sign_network
from config.local.story.evidence import check, gather
from config.local.story.narrator import Narrator
from config.local.story.paying import agree_on_prices
from config.local.story.person import Person
from config.local.story.stage import Stage
from config.local.story.treating import let_ten_weeks_pass


def play(stack: Stack) -> tuple[dict[str, Any], list[Person]]:
    """Play the story on a running stack; return its figures and one person of each role. Raises StoryBroke."""
    start = time.monotonic()
    stage = Stage(stack=stack, tell=Narrator(), base_url=stack.url("web"))
    operator = sign_network(stage)
    hr = enroll(stage)
    asking = activate_and_ask(stage)
    accepted = route(stage, operator, asking)
    clinic = enrolling.clinic_staff(stage, operator)
    agree_on_prices(stage, accepted)
    let_ten_weeks_pass(stage, accepted)
    figures = gather(stage) | {"seconds": round(time.monotonic() - start, 1)}
    check(figures)
    return figures, [operator, hr, clinic, accepted[0].person]


def sign_ins(stack: Stack, people: list[Person]) -> str:
    """How to look around: the addresses, and how each role signs in."""
    lines = [
        "",
        f"  the product   {stack.url('web')}/   (its API: {stack.url('web')}/api/v1/docs/)",
        f"  its e-mails   {stack.url('mailbox')}",
        f"  Stripe's log  {stack.url('stripe')}/control/log",
        "",
        *(f"  {person.email:28} {person.password:26} {_code(person)}" for person in people),
        "",
        "  Ctrl-C ends it; everything it started ends with it.",
    ]
    return "\n".join(lines)


def first_steps(stack: Stack) -> str:
    """How to begin with services of one's own: the address, and an operator's invitation."""
    lines = [
        "",
        f"  the product   {stack.url('web')}/",
        f"  an operator   {enrolling.invite_operator(stack)}",
        "",
        "  Ctrl-C ends it; the data stays.",
    ]
    return "\n".join(lines)


def _code(person: Person) -> str:
    return f"one-time codes from {person.totp_secret}" if person.totp_secret else "no second factor"
