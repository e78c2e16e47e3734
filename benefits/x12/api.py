"""HR sends 834 files and takes the 999 away. What a file would change, and applying it, is its change-set's."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.eligibility.api.outputs import PEOPLE, READERS
from benefits.eligibility.services.progress import progress_of
from benefits.x12 import queries, services
from benefits.x12.forms import X12UploadInput
from benefits.x12.models import X12File
from workers.kernel import clock
from workers.kernel.api import employer_of, who
from workers.kernel.errors import NotFound

EDI = "application/edi-x12"  # RFC 1767


class X12ErrorOutput(serializers.Serializer[object]):
    """What is wrong, at which segment of the file (from 1) and element, and the remedy."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class X12FileOutput(serializers.ModelSerializer[X12File]):
    """An 834 file. `status`, `error_count` and `errors` are its change-set's; `refusal` says why nothing was staged."""

    change_set_id = serializers.UUIDField()
    status = serializers.CharField(source="change_set.status")
    rows = serializers.IntegerField(source="change_set.rows")
    error_count = serializers.IntegerField(source="change_set.error_count")
    errors = X12ErrorOutput(source="change_set.errors", many=True)  # type: ignore[assignment] # a field, as in the JSON
    refusal = serializers.JSONField(source="change_set.refusal", allow_null=True)
    progress = serializers.SerializerMethodField()
    acknowledgment = serializers.SerializerMethodField()
    uploaded_at = serializers.DateTimeField(source="change_set.uploaded_at")

    class Meta:
        model = X12File
        fields = (
            "id",
            "change_set_id",
            "status",
            "action",
            "interchange",
            "reference",
            "is_only_compared",
            "verdict",
            "acknowledgment",
            "rows",
            "error_count",
            "errors",
            "refusal",
            "progress",
            "uploaded_at",
        )

    def get_progress(self, file: X12File) -> dict[str, Any] | None:
        """How far a file that is being read has got."""
        if file.change_set.status != "reading":
            return None
        judged, whole = file.place.get("byte", 0), file.change_set.bytes_total
        if judged < whole:
            return {"phase": "judging", "rows": 0, "percent": 100 * judged // whole}
        return progress_of(file.change_set_id, phase="reading")

    def get_acknowledgment(self, file: X12File) -> str | None:
        """Where the 999 is, once there is one."""
        return f"/api/v1/x12-files/{file.pk}/acknowledgment/" if file.acknowledgment else None


class X12Files(GenericAPIView[X12File]):
    """The employer's 834 files."""

    permission_classes = (READERS,)
    parser_classes = (MultiPartParser,)
    serializer_class = X12FileOutput
    queryset = X12File.objects.none()

    def get_permissions(self) -> list[Any]:
        """Who keeps the roster sends files; every admin reads what became of them."""
        return [PEOPLE()] if self.request.method == "POST" else [READERS()]

    @extend_schema(operation_id="x12_files_list", responses=X12FileOutput(many=True))
    def get(self, request: Request) -> Response:
        """Newest first."""
        page = self.paginate_queryset(queries.list_files())
        return self.get_paginated_response(X12FileOutput(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": X12UploadInput},
        responses={200: X12FileOutput, 201: X12FileOutput, 202: X12FileOutput},
    )
    def post(self, request: Request) -> Response:
        """Answer 201, 202 while a worker reads it, or 200 with the first record when the same file came before."""
        data = X12UploadInput(data=request.data)
        data.is_valid(raise_exception=True)
        upload = data.validated_data["file"]
        file, is_new = services.upload(
            employer_id=employer_of(request),
            file=upload.file,
            size=upload.size,
            by=who(request),
            now=clock.now(),
            ends_absent=data.validated_data["ends_absent"],
        )
        status = 202 if file.change_set.status == "reading" else 201
        return Response(X12FileOutput(file).data, status=status if is_new else 200)


class OneX12File(APIView):
    """One 834 file."""

    permission_classes = (READERS,)

    @extend_schema(responses=X12FileOutput)
    def get(self, request: Request, x12_file_id: UUID) -> Response:
        """What became of it."""
        return Response(X12FileOutput(queries.get_file(x12_file_id)).data)


class Acknowledgment(APIView):
    """The 999 that answers an 834, to be taken away."""

    permission_classes = (READERS,)

    @extend_schema(responses={(200, EDI): OpenApiTypes.STR})
    def get(self, request: Request, x12_file_id: UUID) -> HttpResponseBase:
        """The interchange as text. Raises NotFound where there is none: not read yet, or too broken to be answered."""
        file = queries.get_file(x12_file_id)
        if not file.acknowledgment:
            raise NotFound("There is no 999 for this file: it was not read yet, or its envelope cannot be answered.")
        response = HttpResponse(file.acknowledgment, content_type=EDI)
        response.headers["Content-Disposition"] = f'attachment; filename="999-{file.pk}.x12"'
        return response
