"""Operators upload directory files, see what they would change, and apply them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinics.api.keeping import KEEPERS
from referrals.clinics.models import ClinicFile
from referrals.clinics.queries.files import get_file, list_files
from referrals.clinics.services import files
from workers.kernel import clock
from workers.kernel.api import Input


class ClinicFileInput(Input):
    """A CSV file (docs/operations.md, "Directory files")."""

    file = serializers.FileField(allow_empty_file=True)


class ClinicFileErrorOutput(serializers.Serializer[object]):
    """What is wrong in a cell, and the remedy."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ClinicFileWarningOutput(serializers.Serializer[object]):
    """What the NPI registry says otherwise about a new clinic, for a person to look at."""

    row = serializers.IntegerField()
    message = serializers.CharField()


class ClinicDiffOutput(serializers.Serializer[object]):
    """How many rows do what, and which; rows of archived clinics do nothing. `warnings` stop nothing."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    archived = serializers.IntegerField()
    rows = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    warnings = ClinicFileWarningOutput(many=True)


class ClinicFileOutput(serializers.ModelSerializer[ClinicFile]):
    """A directory file."""

    errors = ClinicFileErrorOutput(many=True)  # type: ignore[assignment] # a field, as in the JSON
    diff = ClinicDiffOutput()

    class Meta:
        model = ClinicFile
        fields = ("id", "status", "rows", "error_count", "errors", "diff", "uploaded_at", "applied_at")


class ClinicFiles(generics.ListAPIView[ClinicFile]):
    """GET: the files, newest first. POST: a file is staged and compared; nothing in the directory changes."""

    permission_classes = (KEEPERS,)
    parser_classes = (MultiPartParser,)
    serializer_class = ClinicFileOutput

    def get_queryset(self) -> Any:
        """All of them."""
        return list_files()

    @extend_schema(
        request={"multipart/form-data": ClinicFileInput}, responses={200: ClinicFileOutput, 201: ClinicFileOutput}
    )
    def post(self, request: Request) -> Response:
        """Answer 201, or 200 with the first record when the same file came before."""
        data = ClinicFileInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        content = data.validated_data["file"].read()
        file, is_new = files.upload(content=content, uploaded_by=user.pk, now=clock.now())
        return Response(ClinicFileOutput(file).data, status=201 if is_new else 200)


class OneClinicFile(APIView):
    """One directory file."""

    permission_classes = (KEEPERS,)

    @extend_schema(responses=ClinicFileOutput)
    def get(self, request: Request, clinic_file_id: UUID) -> Response:
        """Return the file."""
        return Response(ClinicFileOutput(get_file(clinic_file_id)).data)


class ApplyClinicFileInput(Input):
    """Whether rows without errors go ahead while others have some."""

    skip_rows_with_errors = serializers.BooleanField(required=False, default=False)


class ApplyClinicFile(APIView):
    """The directory follows the file."""

    permission_classes = (KEEPERS,)

    @extend_schema(request=ApplyClinicFileInput, responses=ClinicFileOutput)
    def post(self, request: Request, clinic_file_id: UUID) -> Response:
        """Apply once."""
        data = ApplyClinicFileInput(data=request.data)
        data.is_valid(raise_exception=True)
        file = files.apply(file_id=clinic_file_id, **data.validated_data, now=clock.now())
        return Response(ClinicFileOutput(file).data)
