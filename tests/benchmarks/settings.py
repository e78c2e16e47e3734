"""The project's settings, with the benchmarks' app and their empty view beside it."""

from config.settings import *  # noqa: F403 - all of the project's
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.app", "tests.benchmarks.plain"]
ROOT_URLCONF = "tests.benchmarks.urls"
