"""Wherever a process dies, a fresh worker ends with each effect once; to others, at least once under one id."""

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from django.conf import settings

from config.local.state import PROJECT

ONCE = {
    "rows": ("write_row", "write_batch"),
    "timer": ("hear_timer",),
    "receipt": ("hear_timer",),
    "webhook": ("ponder", "post_webhook", "write_mail", "note_call"),
    "mail": ("ponder", "post_webhook", "write_mail", "note_call"),
    "external": ("ponder", "post_webhook", "write_mail", "note_call"),
    "batches": ("write_apart",),
}
# Steps that there have to be: after a rename, or if the order changed, this fails and not the engine in production.
NAMED = {
    "rows": {
        "after COMMIT (1)",  # announced
        "before UPDATE workers_job (1)",  # the claim
        "before DELETE FROM workers_job (1)",  # claimed; the fence
        "before INSERT INTO chaos_effect (1)",  # past the fence
        "before COMMIT (4)",  # the effect is there
    },
    "timer": {"before INSERT INTO workers_timer (1)", "before INSERT INTO workers_job (1)", "before COMMIT (2)"},
    "receipt": {"before INSERT INTO workers_job (1)", "before COMMIT (1)"},  # one statement stores and announces
    "webhook": {"before INSERT INTO workers_delivery (1)", "before INSERT INTO workers_delivery_attempt (1)"},
    "mail": {"before INSERT INTO workers_email (1)", "before UPDATE workers_email (2)"},
    "external": {"before DELETE FROM workers_job (1)"},
    "batches": {
        "before DELETE FROM workers_job (1)",  # another system was asked about both
        "before DELETE FROM workers_job (2)",
        "before INSERT INTO chaos_effect (2)",  # in the middle of a batch apart
    },
}


@pytest.fixture
def crashes(committed_db, request) -> list[dict[str, Any]]:
    """What was left after a crash at each step of the handler."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.chaos.settings", "PYTHONPATH": str(PROJECT)}
    for name, alias in (("DATABASE_URL", "default"), ("DATABASE_OWNER_URL", "owner")):
        environment[name] = os.environ[name].rpartition("/")[0] + f"/{settings.DATABASES[alias]['NAME']}"
    command = [sys.executable, "-m", "tests.chaos.tier2.forge", request.param]
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("crashes", "handler"), [(name, name) for name in ONCE], indirect=["crashes"])
def test_a_crash_anywhere_leaves_every_effect_once(crashes, handler):
    assert {crash["at"] for crash in crashes} >= NAMED[handler]
    for crash in crashes:
        assert crash["died"], f"{crash['at']} was not reached a second time"
        assert crash["open"] == 0, crash
        assert set(crash["acknowledged"]) <= set(crash["committed"]), crash
        assert set(crash["committed"].values()) <= {1}, crash
        expected = Counter(f"{tag} {consumer}" for tag in crash["committed"] for consumer in ONCE[handler])
        assert Counter(crash["effects"]) == expected, crash
        if handler == "rows":
            assert_in_order(crash["effects"])
        assert_told_under_one_id(crash, handler)


def assert_in_order(effects: list[str]) -> None:
    """Of two events of one subject the first has its effects first, in each consumer."""
    for consumer in {effect.split()[1] for effect in effects}:
        tags = [effect.split()[0] for effect in effects if effect.endswith(f" {consumer}")]
        assert tags == sorted(tags)


def assert_told_under_one_id(crash: dict[str, Any], handler: str) -> None:
    """Others were told, and whatever was repeated is recognisable: one call, one webhook, one e-mail."""
    is_called = handler in ("webhook", "mail", "external") and bool(crash["committed"])
    calls = [told for told in crash["told"] if told.startswith("/partner/")]
    if handler == "batches":
        assert len(calls) == len(crash["told"]) == len(crash["committed"]), crash
        return
    assert (len(calls), len(crash["told"]) - len(calls), len(crash["mails"])) == (is_called, is_called, is_called), (
        crash
    )
