"""The API's reference is a page: whoever has to sign in first is led there and back."""

import pytest
from django.test import Client
from rest_framework.permissions import IsAuthenticated

from config.developers.pages import ApiDocs


@pytest.mark.django_db
def test_in_production_it_is_for_who_is_signed_in(now: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiDocs, "permission_classes", [IsAuthenticated])
    answer = Client().get("/api/v1/docs/?tag=clinic")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/api/v1/docs/%3Ftag%3Dclinic")
