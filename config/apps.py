"""The outermost app: management commands of the whole."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Named so that `manage.py` finds config/management."""

    name = "config"
