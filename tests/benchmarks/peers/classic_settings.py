"""A Django project without an engine, on the same database: persistent connections, nothing else."""

from environs import Env

_database = Env().dj_db_url("DATABASE_URL")
SECRET_KEY = "a peer's"
DATABASES = {"default": _database | {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None}}
INSTALLED_APPS = ["tests.benchmarks.plain"]
USE_TZ = True
