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
    program = f"{starting}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert unneeded & set(done.stdout.split()) == set()
