"""What is sent with an 834."""

from rest_framework import serializers

from workers.kernel.api import Input


class X12UploadInput(Input):
    """An 834, and whether a file that replaces the roster ends cover for whoever it leaves out."""

    file = serializers.FileField(allow_empty_file=True)
    ends_absent = serializers.BooleanField(required=False, default=False)
