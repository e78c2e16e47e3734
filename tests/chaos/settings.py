"""The project's settings and one app more: the fault run's own events, reactions and tables.

The app comes first, so that a mutation is in force before anything else is imported.
"""

from config.settings import *  # noqa: F403 - as the project's own settings are put together
from config.settings import INSTALLED_APPS as _PROJECT_APPS

INSTALLED_APPS = ["tests.chaos.app.apps.ChaosConfig", *_PROJECT_APPS]
