"""What the environment may leave out."""

import os
import subprocess
import sys

from config.local.state import PROJECT

START = "import django; django.setup(); from django.conf import settings; print(sorted(settings.DATABASES))"


def test_the_project_starts_without_the_owners_login():
    """Only `provision` and `migrate` need it (docs/operations.md)."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", START], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("['default']\n", "")
