"""The whole story, in order."""

import time
from typing import Any

from config.local.stack import Stack
from config.local.story.asking import activate_and_ask, route
from config.local.story.enrolling import enroll, sign_network
from config.local.story.evidence import check, gather
from config.local.story.narrator import Narrator
from config.local.story.paying import agree_on_prices
from config.local.story.stage import Stage
from config.local.story.treating import let_ten_weeks_pass


def tell(stack: Stack, narrator: Narrator) -> dict[str, Any]:
    """Play the story on a running stack and return its figures; raises StoryBroke, Refused."""
    start = time.monotonic()
    stage = Stage(stack=stack, tell=narrator, base_url=stack.url("web"))
    operator, _ = sign_network(stage)
    enroll(stage)
    asking = activate_and_ask(stage)
    accepted = route(stage, operator, asking)
    agree_on_prices(stage, accepted)
    let_ten_weeks_pass(stage, accepted)
    figures = gather(stage) | {"seconds": round(time.monotonic() - start, 1)}
    check(figures)
    return figures
