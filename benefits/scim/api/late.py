"""SCIM's views, imported when an identity provider first asks: scim2-models takes seconds to build its models.

Most processes serve none: a command, a test's server, an installation whose employers send files.
"""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework.views import APIView


class Late:
    """A view of this package by its module and class: `users.OneUser`. As every view of an API, it takes no cookie."""

    csrf_exempt = True

    def __init__(self, name: str) -> None:
        self._name = f"{__package__}.{name}"

    def __call__(self, request: HttpRequest, **ids: Any) -> HttpResponseBase:
        """What the view answers."""
        answer: HttpResponseBase = self._view(request, **ids)
        return answer

    @cached_property
    def late_class(self) -> type[APIView]:
        """The class; Django would import a `view_class` to know its name, wherever a page asks for an address."""
        found: type[APIView] = import_string(self._name)
        return found

    @cached_property
    def _view(self) -> Any:
        return self.late_class.as_view()
