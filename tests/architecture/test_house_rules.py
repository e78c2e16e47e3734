"""Who may ask the time, who may wait, who may speak to the network: the tree keeps the rules, and the rules bite."""

import re
from pathlib import Path

import pytest

from tests.architecture.house_rules import RULES, broken_rules

ROOT = Path(__file__).parents[2]
APPS = ("workers", "benefits", "referrals", "billing", "config")
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
THIS_MACHINE = re.compile(r"/work/|\.\./shared")

# (a source that breaks a rule in its last line, words of the rule)
BREACHES = (
    ("from datetime import datetime\nx = datetime.now()", "clock"),
    ("from datetime import datetime as d, UTC\nx = d.now(UTC)", "clock"),
    ("import datetime as d\nx = d.datetime.utcnow", "clock"),
    ("from datetime import datetime\nmoment = datetime\nx = moment.now()", "clock"),
    ("from datetime import date\nx = date.today()", "clock"),
    ("import time\nx = time.time()", "clock"),
    ("from time import time as stamp", "clock"),
    ("from django.utils.timezone import now", "clock"),
    ("from django.utils import timezone as z\nx = z.now", "clock"),
    ("from django.db.models.functions import Now", "clock"),
    ("from django.db import models\nx = models.DateTimeField(auto_now_add=True)", "clock"),
    ("task.apply(eta=then)", "timers"),
    ("call(**{'eta': then})", "timers"),
    ("options['count' + 'down'] = 5", "timers"),
    ("options = dict(countdown=5)", "timers"),
    ("app.task(autoretry_for=(OSError,))(f)", "timers"),
    ("self.retry()", "timers"),
    ("again = self.retry", "timers"),
    ("getattr(self, 'retry')()", "timers"),
    ("import time\ntime.sleep(1)", "sleeps"),
    ("from time import sleep as rest", "sleeps"),
    ("drain.delay('mail')", "bells"),
    ("later = drain.delay", "bells"),
    ("drain.apply_async(kwargs={})", "bells"),
    ("get_task().apply_async(kwargs={})", "bells"),
    ("getattr(drain, 'delay')()", "bells"),
    ("from operator import methodcaller\nmethodcaller('apply_async')(drain)", "bells"),
    ("app.send_task('workers.drain')", "bells"),
    ("drain.si(lane='mail')()", "bells"),
    ("cursor.execute('NOTIFY jobs')", "NOTIFY"),
    ("cursor.execute('notify jobs, %s', [x])", "NOTIFY"),
    ("cursor.execute('SELECT 1; NOTIFY jobs')", "NOTIFY"),
    ("cursor.execute('NOT' + 'IFY jobs')", "NOTIFY"),
    ("cursor.execute(f'NOTIFY {channel}')", "NOTIFY"),
    ("cursor.execute('SELECT pg_notify(%s, %s)', [a, b])", "NOTIFY"),
    ("for one in connection.notifies(): ...", "NOTIFY"),
    ("from django.db.models.signals import post_save", "signals"),
    ("from django.db.models import signals as s", "signals"),
    ("from django.dispatch import receiver", "signals"),
    ("from importlib import import_module", "by text"),
    ("x = __import__('celery')", "by text"),
    ("import requests", "network"),
    ("import httpx as h", "network"),
    ("from urllib import request", "network"),
    ("import urllib.request", "network"),
    ("from http.client import HTTPSConnection", "network"),
    ("from django.core.mail import send_mail as tell", "network"),
    ("def f():\n    import smtplib", "network"),
)
ALLOWED = (
    '"""Nothing here says NOTIFY jobs, nor asks datetime.now()."""',
    "from datetime import datetime\nx: datetime = clock.now()",
    "sentence = 'Notify the clinic of the change.'",
    "import time\nx = time.monotonic()",
    "from urllib.parse import urlsplit",
    "from django.http import HttpRequest",
    "thing.delayed(); thing.retries = 1",
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_house_rules(path):
    source = path.read_text()
    assert broken_rules(source, path.relative_to(ROOT).as_posix()) == []
    assert not THIS_MACHINE.search(source), f"{path} names a place of this machine"
    assert source.count("\n") <= 250, f"{path} is over 250 lines: split it by concern"


@pytest.mark.parametrize(("source", "words"), BREACHES)
def test_a_breach_is_found_where_it_is(source, words):
    lines = broken_rules(source, "referrals/offers/services.py")
    assert any(words in found and f":{source.count(chr(10)) + 1}:" in found for found in lines), lines


@pytest.mark.parametrize("source", ALLOWED)
def test_what_only_looks_like_a_breach_is_let_be(source):
    assert broken_rules(source, "referrals/offers/services.py") == []


def test_every_rule_has_a_breach_that_it_alone_finds(monkeypatch):
    """Without any one of the rules, some breach above goes unnoticed."""
    for rule in RULES:
        monkeypatch.setattr("tests.architecture.house_rules.RULES", tuple(r for r in RULES if r is not rule))
        missed = [
            source for source, words in BREACHES if not any(words in f for f in broken_rules(source, "billing/x.py"))
        ]
        assert missed, f"no breach proves that this rule bites: {rule}"
