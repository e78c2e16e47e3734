"""Real deaths: a worker in a process of its own, killed by SIGKILL at a named point, with no time to clean up."""

import json
import os
import signal
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.db import connections

from billing.stripe.client import speaking
from tests.chaos.tier2.steps import DIED, Steps


def kill_at(work: Callable[[], object], module: ModuleType, name: str, *, after: bool) -> None:
    """Have a fork `work` until it reaches `module.name` for the first time, and die there before or `after` it.

    Raises AssertionError when that was not reached.
    """

    def arm() -> None:
        original: Callable[..., Any] = getattr(module, name)

        def dying(*args: Any, **kwargs: Any) -> None:
            if after:
                original(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, dying)
        work()

    status = _fork(arm)
    assert os.WIFSIGNALED(status), f"{name} was not reached: {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def steps_of(work: Callable[[], object]) -> list[str]:
    """Return the steps at which a worker may die while it does `work`, as tests/chaos/tier2 counts them; it is done."""
    reading, writing = os.pipe()

    def count() -> None:
        steps = Steps()
        work()
        os.write(writing, json.dumps(steps.seen).encode())

    status = _fork(count)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        seen: list[str] = json.loads(pipe.read())
    assert os.waitstatus_to_exitcode(status) == 0
    return seen


def die_before(step: str, work: Callable[[], object]) -> bool:
    """Have a fork `work` and die at one of its steps; False when it ended before it came there."""

    def arm() -> None:
        Steps(step)
        work()

    return os.waitstatus_to_exitcode(_fork(arm)) == DIED


def _fork(work: Callable[[], object]) -> int:
    """Run `work` in a fork with connections of its own, and return how that ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the test: receivers, which a fork has not
        pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    code = 1
    try:
        inherited = [connection.connection for connection in connections.all()]  # closed by nobody: they are shared
        for connection in connections.all():
            connection.connection = None
        speaking._client.cache_clear()
        work()
        code = 0 if inherited is not None else 1
    finally:
        os._exit(code)
