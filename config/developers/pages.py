"""Pages for developers: first steps by who they work for, and the API's reference."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.exceptions import NotAuthenticated

from config.developers.steps import CLINICS, EMPLOYERS, at
from workers.kernel.web import Page


class GettingStarted(Page):
    """What a clinic's software and an HR system do first; operators, who are asked about both, see both."""

    template_name = "developers.html"
    roles = ("hr_admin", "clinic_staff", "operator")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The steps of the reader's own kind."""
        user: Any = self.request.user
        return super().get_context_data(
            clinics=at(settings.BASE_URL, CLINICS) if user.role != "hr_admin" else [],
            employers=at(settings.BASE_URL, EMPLOYERS) if user.role != "clinic_staff" else [],
            **kwargs,
        )


class Once(SchemaGenerator):
    """Writes the document once in a process and language: it is the same for everybody, and takes a second or two."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """The whole of it."""
        return _written(get_language() or "")


@cache
def _written(language: str) -> Any:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # the library is untyped there
    return generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # nor there


class Document(SpectacularAPIView):
    """The OpenAPI document: JSON, and YAML for who asks for that."""

    generator_class = Once
    renderer_classes = [  # noqa: RUF012 - REST framework's own shape
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]


class ApiDocs(SpectacularSwaggerView):
    """The reference: Swagger UI from drf-spectacular's sidecar, started by a script of ours (site/api_docs.js)."""

    template_name = "api_docs.html"
    http_method_names = ["get", "head"]  # noqa: RUF012 - Django's own shape

    def handle_exception(self, exc: Exception) -> Any:
        """Lead whoever is not signed in to where they do, and back, as every page does."""
        if isinstance(exc, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)
