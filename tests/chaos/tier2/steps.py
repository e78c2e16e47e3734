"""Counting the steps of a process, and dying at one of them.

A step is what changes what others can see: a statement that writes or locks, and a commit. Between two of them the
process may speak to other systems; dying before the next step is dying after that was done and before it is recorded.
So every state that a crash can leave is left by dying before one of the steps or after a commit, and no code has to
know.
"""

import os
import re
import signal
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from workers.kernel import message
from workers.kernel.actor import Actor
from workers.kernel.message import Rows, Statement

DIED = -signal.SIGKILL  # what becomes of a process that died where it was told to
_WRITES = re.compile(r"(?<!\bFOR )(?<!\bKEY )(?<!\bDO )\b(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.I)
_LOCKS = re.compile(r"\b(FOR (?:NO KEY )?UPDATE)\s+(?:OF\s+)?\"?(\w*)", re.I)


class Steps:
    """The steps of this process from now on; it dies at `at`, as "before UPDATE workers_job (3)"."""

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.seen: list[str] = []
        connection.ensure_connection()
        connection.execute_wrappers.append(self._statement)
        database: Any = connection
        self._commit_now: Callable[[], None] = database._commit
        database._commit = self._commit
        self._send_message = message._in_one_message
        message._in_one_message = self._message

    def _statement(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        if name := name_of(str(sql)):
            self._reach(f"before {name}")
        return execute(sql, *rest)

    def _message(self, line: Any, actor: Actor, statements: Sequence[Statement], meanwhile: Any) -> list[Rows]:
        """A transaction that is one message (workers/kernel/message.py): what was not sent is as if not committed."""
        for statement, _ in statements:
            self._reach(f"before {name_of(statement)}")
        self._reach("before COMMIT")
        answer = self._send_message(line, actor, tuple(statements), meanwhile)
        self._reach("after COMMIT")
        return answer

    def _commit(self) -> None:
        self._reach("before COMMIT")
        self._commit_now()
        self._reach("after COMMIT")

    def _reach(self, step: str) -> None:
        number = sum(seen.startswith(f"{step} (") for seen in self.seen) + 1
        self.seen.append(f"{step} ({number})")
        if self.seen[-1] == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def name_of(sql: str) -> str:
    """Return what a statement writes, as "UPDATE workers_job", or locks; the last of several, "" if it only reads."""
    found: list[tuple[str, str]] = _WRITES.findall(sql) or _LOCKS.findall(sql)
    return " ".join(found[-1]).strip() if found else ""
