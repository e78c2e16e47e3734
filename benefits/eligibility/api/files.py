"""HR uploads a census, downloads its template, and says how its columns are called."""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.eligibility import services
from benefits.eligibility.api.outputs import PEOPLE, READERS, ChangeSetOutput, shown
from benefits.eligibility.models import ColumnMapping, Kind
from benefits.eligibility.queries.columns import column_mapping
from benefits.eligibility.rules.rejects import template, template_lines
from benefits.eligibility.services.columns import NEVER_SAID
from benefits.eligibility.services.workbooks import workbook
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, if_match, who

_IN_MEMORY = 1024**2  # bytes of a file that is handed out; a larger one waits on disk
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag as read.")


class UploadInput(Input):
    """A CSV file or a workbook, what it claims to be, and whether absence from a full one ends cover."""

    file = serializers.FileField(allow_empty_file=True)
    kind = serializers.ChoiceField(choices=Kind.choices)
    ends_absent = serializers.BooleanField(required=False, default=False)


class EligibilityFiles(APIView):
    """POST: a file is staged and compared; nothing on the roster changes."""

    permission_classes = (PEOPLE,)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": UploadInput},
        responses={200: ChangeSetOutput, 201: ChangeSetOutput, 202: ChangeSetOutput},
    )
    def post(self, request: Request) -> Response:
        """Answer 201, 202 while a worker reads a large one, or 200 with the first when the same file came before."""
        data = UploadInput(data=request.data)
        data.is_valid(raise_exception=True)
        file = data.validated_data["file"]
        change_set, is_new = services.upload(
            employer_id=employer_of(request),
            kind=Kind(data.validated_data["kind"]),
            ends_absent=data.validated_data["ends_absent"],
            file=file.file,
            size=file.size,
            by=who(request),
            now=clock.now(),
        )
        return shown(change_set, status=201 if is_new else 200)


class TemplateInput(Input):
    """As what the template is wanted."""

    as_ = serializers.ChoiceField(choices=("csv", "xlsx"), required=False, default="csv")


class Template(APIView):
    """GET: an empty census with our columns and an example, `?as=xlsx` as a workbook."""

    permission_classes = (READERS,)

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=["csv", "xlsx"])],
        responses={(200, "text/csv"): OpenApiTypes.BINARY, (200, _XLSX): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> FileResponse:
        """Return the file."""
        wanted = TemplateInput(data={"as_": request.query_params.get("as", "csv")})
        wanted.is_valid(raise_exception=True)
        if wanted.validated_data["as_"] == "xlsx":
            return as_file([workbook(template())], name="census.xlsx", content_type=_XLSX)
        return as_file(template_lines(), name="census.csv")


class ColumnsInput(Input):
    """{their name: our column, "" to leave one out}."""

    columns = serializers.DictField(child=serializers.CharField(allow_blank=True))


class ColumnsOutput(serializers.Serializer[object]):
    """The mapping that is remembered; `version` is its ETag."""

    columns = serializers.DictField(child=serializers.CharField())
    version = serializers.IntegerField()


class Columns(APIView):
    """GET, PUT: how the employer's files name our columns, remembered from file to file."""

    permission_classes = (PEOPLE,)

    @extend_schema(responses=ColumnsOutput)
    def get(self, request: Request) -> Response:
        """Return the mapping, empty while nothing was said."""
        return _columns(column_mapping(employer_of(request)))

    @extend_schema(request=ColumnsInput, responses=ColumnsOutput, parameters=[IF_MATCH])
    def put(self, request: Request) -> Response:
        """Replace it; 412 when somebody saved since, 428 without If-Match."""
        data = ColumnsInput(data=request.data)
        data.is_valid(raise_exception=True)
        mapping = services.set_columns(
            employer_id=employer_of(request),
            columns=data.validated_data["columns"],
            expected_version=_version_of(request),
            by=who(request),
            now=clock.now(),
        )
        return _columns(mapping)


def _columns(mapping: ColumnMapping | None) -> Response:
    shown: dict[str, Any] = {"columns": mapping.columns, "version": mapping.version} if mapping else {}
    shown = shown or {"columns": {}, "version": NEVER_SAID}
    return Response(ColumnsOutput(shown).data, headers={"ETag": f'"{shown["version"]}"'})


def _version_of(request: Request) -> int:
    """The version of If-Match; a tag that is none was never any. Raises PreconditionRequired."""
    tag = if_match(request)
    return int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < 9 else -1


def as_file(lines: Iterable[bytes], *, name: str, content_type: str = "text/csv; charset=utf-8") -> FileResponse:
    """Answer with a file that is made while the database may still be asked."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    for line in lines:
        file.write(line)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
