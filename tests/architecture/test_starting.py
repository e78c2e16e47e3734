"""A process imports what it needs: what is heavy and seldom used waits until it is."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
WORKER = "from workers.celery import app; app.loader.import_default_modules()"
WEB = "from config.wsgi import application; from django.urls import reverse; reverse('home')"
SELDOM = {"holidays", "openpyxl", "reportlab", "scim2_models", "sentry_sdk", "stripe"}


@pytest.mark.parametrize(("starting", "unneeded"), [(WORKER, {*SELDOM, "anymail", "config.urls"}), (WEB, SELDOM)])
def test_a_process_starts_without_what_it_seldom_needs(starting: str, unneeded: set[str]) -> None:
    assert unneeded & set(said_by(f"{starting}; import sys; print(*sys.modules)")) == set()


def test_a_worker_sets_its_memory_aside_before_it_forks_its_pool() -> None:
    """Each child that had to look through all of it would first copy it."""
    begin = "import gc; from celery.signals import worker_init; worker_init.send(None)"
    set_aside, left = map(int, said_by(f"{WORKER}; {begin}; print(gc.get_freeze_count(), len(gc.get_objects()))"))
    assert set_aside > 100 * left


def said_by(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.split()
