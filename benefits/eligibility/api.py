"""HR uploads eligibility files, sees what they would change, and applies them."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import User
from benefits.eligibility import queries, services
from benefits.eligibility.models import FileKind
from workers.kernel import clock
from workers.kernel.api import Input, only


class UploadInput(Input):
    """A CSV file and what it claims to be."""

    file = serializers.FileField(allow_empty_file=True)
    kind = serializers.ChoiceField(choices=FileKind.choices)


class ErrorOutput(serializers.Serializer[object]):
    """What is wrong in a cell, and the remedy."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class DiffOutput(serializers.Serializer[object]):
    """How many rows do what; `rows` names them, `absent_employee_numbers` whom a full file lacks."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    ended = serializers.IntegerField()
    reinstated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    ignored = serializers.IntegerField()
    absent = serializers.IntegerField()
    rows = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    absent_employee_numbers = serializers.ListField(child=serializers.CharField())


class FileOutput(serializers.Serializer[object]):
    """An eligibility file."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    status = serializers.CharField()
    rows = serializers.IntegerField()
    error_count = serializers.IntegerField()
    errors = ErrorOutput(many=True)  # type: ignore[assignment] # a field, as in the JSON
    diff = DiffOutput()
    uploaded_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)


class EligibilityFiles(APIView):
    """POST: a file is staged and compared; nothing on the roster changes."""

    permission_classes = (only("hr_admin"),)
    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={200: FileOutput, 201: FileOutput})
    def post(self, request: Request) -> Response:
        """Answer 201, or 200 with the first record when the same file came before."""
        data = UploadInput(data=request.data)
        data.is_valid(raise_exception=True)
        user = request.user
        assert isinstance(user, User)
        assert user.employer_id is not None
        file, is_new = services.upload(
            employer_id=user.employer_id,
            kind=FileKind(data.validated_data["kind"]),
            content=data.validated_data["file"].read(),
            uploaded_by=user.pk,
            now=clock.now(),
        )
        return Response(FileOutput(file).data, status=201 if is_new else 200)


class EligibilityFileDetail(APIView):
    """GET: one file."""

    permission_classes = (only("hr_admin"),)

    @extend_schema(responses=FileOutput)
    def get(self, request: Request, file_id: UUID) -> Response:
        """Return the file."""
        return Response(FileOutput(queries.get_file(file_id)).data)


class ApplyInput(Input):
    """Whether rows without errors go ahead while others have some."""

    skip_rows_with_errors = serializers.BooleanField(required=False, default=False)


class ApplyEligibilityFile(APIView):
    """POST: the roster follows the file."""

    permission_classes = (only("hr_admin"),)

    @extend_schema(request=ApplyInput, responses=FileOutput)
    def post(self, request: Request, file_id: UUID) -> Response:
        """Apply once."""
        data = ApplyInput(data=request.data)
        data.is_valid(raise_exception=True)
        file = services.apply(file_id=file_id, **data.validated_data, now=clock.now())
        return Response(FileOutput(file).data)
