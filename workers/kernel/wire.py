"""How every JSON body is read, every list paged, and who is let in by default; named in the settings, hence apart."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions, pagination, parsers, permissions

from workers.kernel.machines import Machine


class JSONParser(parsers.JSONParser):
    """JSON in UTF-8; what cannot be read, or could not be repeated in an answer, is refused with 400."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ParseError, also for thousands of brackets in each other and for half a surrogate pair."""
        try:
            document = super().parse(*args, **kwargs)
            json.dumps(document, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError("JSON parse error - nested too deeply.") from None
        except UnicodeEncodeError:
            raise exceptions.ParseError("JSON parse error - half a surrogate pair is no character.") from None
        return document


class Pages(pagination.CursorPagination):
    """`{"next", "previous", "results"}`, at most 200 a page; ids are UUIDv7, so newest first is by id."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> Any:
        """Raises NotFound for a cursor that is not ours: its position may be anything."""
        try:
            return super().paginate_queryset(*args, **kwargs)
        except (ValidationError, ValueError) as error:
            raise exceptions.NotFound(self.invalid_cursor_message) from error


class Person(permissions.IsAuthenticated):
    """The default: somebody who is signed in. Software comes in only where `scoped` names it."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Refuse tokens."""
        return super().has_permission(request, view) and not isinstance(request.user, Machine)
