"""A clinic imports its own variant; courses to come follow it, and those under way keep what they began with."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import ProgrammingError
from django.test import Client

from referrals.clinics.models import Clinic
from referrals.courses.models import Course
from referrals.courses.queries.courses import protocol_of
from referrals.courses.services import planning
from referrals.protocols import services
from referrals.protocols.models import ProtocolVariant
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer, protocol_file
from tests.factories.referrals import make_clinic
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

JSON = "application/json"
FIVE = {"times: 4": "times: 5"}


@pytest.fixture
def clinic(db: None) -> Clinic:
    return make_clinic()


@pytest.fixture
def staff(clinic: Clinic) -> Client:
    return signed_in(make_user("clinic_staff", clinic_id=clinic.pk))


def send(client: Client, clinic_id: Any, text: str, **more: Any) -> Any:
    return client.post(f"/api/v1/clinics/{clinic_id}/protocols/", {"file": text, **more}, content_type=JSON)


def test_a_variant_is_kept_and_listed_before_the_networks(staff: Client, clinic: Clinic) -> None:
    made = send(staff, clinic.pk, protocol_file(version=2, replaced=FIVE))
    assert (made.status_code, made.json()["version"], made.json()["own"]) == (201, 2, True)
    listed = staff.get(f"/api/v1/clinics/{clinic.pk}/protocols/").json()
    assert [(one["protocol"], one["version"], one["own"]) for one in listed] == [
        ("separated", 2, True),
        ("sequential", 1, False),
        ("separated", 1, False),
        ("concurrent", 1, False),
    ]
    assert listed[0]["document"]["steps"][2]["times"] == 5


def test_the_same_file_again_changes_nothing_and_another_as_the_same_version_is_refused(
    staff: Client, clinic: Clinic
) -> None:
    text = protocol_file(replaced=FIVE)
    assert [send(staff, clinic.pk, text).status_code for _ in range(2)] == [201, 200]
    other = send(staff, clinic.pk, protocol_file())
    assert (other.status_code, other.json()["code"], other.json()["next"]) == (409, "version_taken", 2)


def test_faults_are_answered_by_line_and_nothing_is_kept(staff: Client, clinic: Clinic) -> None:
    text = protocol_file(replaced={"times: 4": "times: many", "minutes: 150": "minutes: 3"})
    answer = send(staff, clinic.pk, text)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_protocol")
    wrong = [text[: text.index(part)].count("\n") + 1 for part in ("minutes: 3\n", "times: many")]
    assert [fault["line"] for fault in answer.json()["errors"]] == wrong
    assert (
        send(staff, clinic.pk, protocol_file(replaced={"id: separated": "id: weekly"})).json()["code"] == "bad_protocol"
    )
    with acting_as(WORKER):
        assert not ProtocolVariant.objects.exists()


def test_a_dry_run_checks_and_keeps_nothing(staff: Client, clinic: Clinic) -> None:
    answer = send(staff, clinic.pk, protocol_file(replaced=FIVE), dry_run=True)
    assert (answer.status_code, answer.json()["document"]["steps"][2]["times"]) == (200, 5)
    with acting_as(WORKER):
        assert not ProtocolVariant.objects.exists()


def test_another_clinics_protocols_are_unknown_and_members_have_no_business_there(clinic: Clinic, db: None) -> None:
    foreign = signed_in(make_user("clinic_staff", clinic_id=new_id()))
    assert send(foreign, clinic.pk, protocol_file()).status_code == 404
    assert foreign.get(f"/api/v1/clinics/{clinic.pk}/protocols/").status_code == 404
    member = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert send(member, clinic.pk, protocol_file()).status_code == 403


def test_the_schema_is_published(staff: Client) -> None:
    answer = staff.get("/api/v1/protocols/schema/").json()
    assert answer["title"] == "Protocol"
    assert "windows" in str(answer)


@pytest.mark.django_db
def test_a_course_keeps_the_version_it_began_with(now: datetime) -> None:
    offer = make_accepted_offer()
    operator = Actor(role=Role.OPERATOR)
    with acting_as(operator):
        services.import_variant(clinic_id=offer.clinic_id, text=protocol_file(replaced=FIVE), by=new_id(), now=now)
    with acting_as(WORKER):
        planning.plan_course(offer_id=offer.pk, now=now)
    with acting_as(operator):
        services.import_variant(clinic_id=offer.clinic_id, text=protocol_file(version=2), by=new_id(), now=now)
    with acting_as(WORKER):
        course = Course.objects.get(offer_id=offer.pk)
        assert (course.protocol_version, protocol_of(course).steps[2].times) == (1, 5)
        assert course.sessions.filter(kind="dosing").count() == 5


@pytest.mark.django_db
def test_the_database_changes_no_version() -> None:
    clinic = make_clinic()
    with acting_as(Actor(role=Role.OPERATOR)):
        variant, _ = services.import_variant(
            clinic_id=clinic.pk, text=protocol_file(), by=new_id(), now=datetime.fromisoformat("2026-03-02T15:00Z")
        )
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(Actor(role=Role.OPERATOR)):
        ProtocolVariant.objects.filter(pk=variant.pk).update(number=7)


def test_two_files_as_one_version_at_once_make_one(committed_db: str, now: datetime) -> None:
    clinic = make_clinic()
    texts = [protocol_file(), protocol_file(replaced=FIVE)]

    def bring(text: str) -> None:
        with acting_as(Actor(role=Role.OPERATOR)):
            services.import_variant(clinic_id=clinic.pk, text=text, by=new_id(), now=now)

    results = at_once(*[partial(bring, text) for text in texts], expected=services.VersionTaken)
    assert results.count(None) == 1
