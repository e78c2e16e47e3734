"""How every JSON body is read and every list is paged; named in the settings, hence apart from api.py."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions, pagination, parsers


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
