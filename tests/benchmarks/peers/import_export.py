"""django-import-export as its documentation tunes it, on PostgreSQL; in a virtualenv of its own, without our project.

`… -m tests.benchmarks.peers.import_export preview|tuned|bulk FILE` imports a census and prints the seconds it took.
`preview` is what its admin does: rows are looked up and compared in a dry run, shown, and then imported. `tuned` is the
same with everything that its documentation knows against slowness; `bulk` stores, and neither looks up nor compares.
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


STORING: dict[str, Any] = {
    "use_bulk": True,
    "batch_size": 1_000,
    "skip_diff": True,
    "report_skipped": False,
    "skip_html_diff": True,
    "force_init_instance": True,  # every row is new: no lookup at all
}
COMPARING: dict[str, Any] = {"skip_unchanged": True}
WAYS = {"preview": COMPARING, "tuned": COMPARING | {"use_bulk": True, "batch_size": 1_000}, "bulk": STORING}


def main(how: str, path: str) -> None:
    """Make the table, import the file, and say how long that took."""
    import tablib  # noqa: PLC0415 - the peer's own
    from import_export import resources  # noqa: PLC0415 - once Django is set up
    from import_export.instance_loaders import CachedInstanceLoader  # noqa: PLC0415

    from tests.benchmarks.peers.imported.models import Person  # noqa: PLC0415

    people = resources.modelresource_factory(Person)
    for name, value in {"import_id_fields": ("employee_number",), **WAYS[how]}.items():
        setattr(people._meta, name, value)
    if how == "tuned":
        people._meta.instance_loader_class = CachedInstanceLoader  # one query for all that are known
    call_command("migrate", run_syncdb=True, verbosity=0)
    start = perf_counter()
    dataset = tablib.Dataset().load(Path(path).read_text(encoding="utf-8"), format="csv")
    if how != "bulk":
        people().import_data(dataset, dry_run=True, raise_errors=True, use_transactions=True)
        people._meta.skip_html_diff = how == "tuned"  # it has been shown
    result = people().import_data(dataset, raise_errors=True, use_transactions=True)
    seconds = perf_counter() - start
    assert Person._default_manager.count() == len(dataset) == result.totals["new"]
    print(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
