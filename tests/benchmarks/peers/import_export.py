"""django-import-export as its documentation tunes it, on PostgreSQL; in a virtualenv of its own, without our project.

`python -m tests.benchmarks.peers.import_export FILE` imports a census and prints how many seconds that took.
"""

import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command


def _database() -> dict[str, Any]:
    parts = urlsplit(os.environ["DATABASE_OWNER_URL"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
    }


settings.configure(
    SECRET_KEY="a peer's",
    DATABASES={"default": _database()},
    INSTALLED_APPS=["import_export", "tests.benchmarks.peers.imported"],
    IMPORT_EXPORT_USE_TRANSACTIONS=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()


def main(path: str) -> None:
    """Make the table, import the file in bulk, and say how long that took."""
    import tablib  # noqa: PLC0415 - the peer's own
    from import_export import resources  # noqa: PLC0415 - once Django is set up

    from tests.benchmarks.peers.imported.models import Person  # noqa: PLC0415

    class People(resources.ModelResource):  # type: ignore[misc]  # the peer has no types
        class Meta:
            model = Person
            import_id_fields = ("employee_number",)
            use_bulk = True
            batch_size = 1_000
            skip_diff = True
            report_skipped = False
            skip_html_diff = True
            force_init_instance = True  # every row is new: no lookup at all

    call_command("migrate", run_syncdb=True, verbosity=0)
    start = perf_counter()
    dataset = tablib.Dataset().load(Path(path).read_text(encoding="utf-8"), format="csv")
    result = People().import_data(dataset, raise_errors=True, use_transactions=True)
    seconds = perf_counter() - start
    assert Person._default_manager.count() == len(dataset) == result.totals["new"]
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1])
