"""A member's own data in one file: every row that is theirs by the database's own rules, decrypted, as it is kept.

Which tables those are is asked of the models' row security and not listed here: what an app begins to keep about a
member is in the file from then on. The database sees to it that no row is anybody else's.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse

from workers.kernel import clock
from workers.kernel.actor import Role
from workers.kernel.constraints import OWN_MEMBER, RowAccess
from workers.kernel.web import Page

_THEIRS = (OWN_MEMBER, "id = {member}", "id = {user}")
_SECRET = re.compile(r"password|client_secret|.*_hash").fullmatch  # would open something to whoever finds the file


class OwnData(Page):
    """What the file holds, and where to get it."""

    template_name = "own_data.html"
    roles = ("employee",)


class OwnDataFile(Page):
    """The file: JSON, {table: [row]}, times in UTC, amounts in cents."""

    roles = ("employee",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read at this moment, in one transaction."""
        rows = {model._meta.db_table: list(_rows(model)) for model in own_models()}
        document = {"made_at": clock.now(), "tables": {name: found for name, found in rows.items() if found}}
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
        return JsonResponse(document, headers=headers, json_dumps_params={"indent": 1, "ensure_ascii": False})


def own_models() -> Iterator[type[Model]]:
    """Yield the models of whose rows members see their own and no others."""
    for model in apps.get_models():
        for rule in model._meta.constraints:
            if isinstance(rule, RowAccess) and rule.role == Role.EMPLOYEE and rule.rows in _THEIRS:
                yield model


def _rows(model: type[Model]) -> Iterator[dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields if not _SECRET(field.attname)]
    for row in model._base_manager.only(*names).order_by("pk"):  # rows, and not values(), which would stay encrypted
        yield {name: getattr(row, name) for name in names}
