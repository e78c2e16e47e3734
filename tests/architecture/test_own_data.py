"""The file of a member's own data holds every row that is theirs and nobody else's, and nothing that opens a door."""

from dataclasses import replace

import pytest
from django.apps import apps

from tests.architecture.reading_rows import rows_of
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course
from tests.factories.referrals import make_clinic, make_member, make_request

pytestmark = pytest.mark.django_db


def test_everything_of_a_member_is_in_their_file_and_nothing_else(now):
    clinic = make_clinic()
    mine, other = make_member(), make_member()
    for member in (mine, other):
        make_request(member)
        make_course(member=member, clinic_id=clinic.pk)
    user = make_user("employee", employer_id=mine.employer, member_id=mine.member)
    answer = signed_in(user).get("/my-data/file/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    tables = answer.json()["tables"]
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    kept = {
        name: rows
        for name, rows in rows_of(replace(mine, user=user.pk)).items()
        if any(field.attname == "member_id" for field in by_table[name]._meta.local_fields)
    }
    assert {name: len(rows) for name, rows in kept.items() if rows} == {
        name: len(rows) for name, rows in tables.items() if name in kept
    }
    assert tables["referrals_screening"][0]["answers"]["age_18"] is True, "decrypted"
    assert str(other.member) not in answer.content.decode()
    assert user.password not in answer.content.decode()
    assert signed_in(make_user("operator")).get("/my-data/file/").status_code == 404
