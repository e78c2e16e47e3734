"""The same people through a census, an 834, SCIM and the API give the same roster."""

import csv
import io
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.eligibility import services as eligibility
from benefits.eligibility.models import Kind
from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.services.members import change_members
from benefits.employers.models import Employer
from benefits.enrollment.models import Member
from benefits.enrollment.rules import Person
from benefits.scim.queries.users import person_of
from benefits.x12 import services as x12
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.scim import make_provider, user_body
from tests.factories.x12 import interchange, loop_of
from workers.kernel.actor import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
_NAME = st.text(alphabet="abcdefgñáéüZ '-", min_size=1, max_size=12).map(lambda text: f"A{text.strip()}b")
_PLACES = st.sampled_from([("94110", "CA", "America/Los_Angeles"), ("10025-1234", "NY", "America/New_York")])


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """A few employees, as all four doors can say them."""
    return [
        _person(number, draw(_NAME), draw(_NAME), draw(_PLACES), draw(st.sampled_from(["en", "es"])), draw)
        for number in range(draw(st.integers(min_value=1, max_value=4)))
    ]


def _person(number: int, first: str, last: str, place: tuple[str, str, str], language: str, draw: st.DrawFn) -> Person:
    postal_code, state, timezone = place
    return make_person(
        f"E{number}",
        first_name=first,
        last_name=last,
        postal_code=postal_code,
        state=state,
        timezone=timezone,
        language=language,
        address_line_1="1 MAIN ST",
        city="SOMEWHERE",
        date_of_birth=draw(st.dates(min_value=date(1950, 1, 1), max_value=date(2000, 12, 31))),
        hire_date=draw(st.dates(min_value=date(2019, 1, 1), max_value=date(2026, 3, 1))),
    )


def by_census(employer: Employer, folk: list[Person]) -> None:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, COLUMNS)
    writer.writeheader()
    writer.writerows(map(_cells, folk))
    content = sheet.getvalue().encode()
    change_set, _ = eligibility.upload(
        employer_id=employer.pk, kind=Kind.CHANGES, file=BytesIO(content), size=len(content), by=employer.pk, now=NOW
    )
    _apply(change_set, employer)


def _cells(person: Person) -> dict[str, str]:
    """A person in a census's columns."""
    cells = {column: str(getattr(person, column, "") or "") for column in COLUMNS}
    return cells | {"employment_status": "ended" if person.end_date else "active"}


def by_834(employer: Employer, folk: list[Person]) -> None:
    content = interchange(*(loop_of(person, maintenance="024" if person.end_date else "021") for person in folk))
    file, _ = x12.upload(employer_id=employer.pk, file=BytesIO(content), size=len(content), by=employer.pk, now=NOW)
    assert file.change_set.status == "staged", file.change_set.refusal
    _apply(file.change_set, employer)


def by_api(employer: Employer, folk: list[Person]) -> None:
    change_members(employer_id=employer.pk, members=[_cells(person) for person in folk], by=employer.pk, now=NOW)


def by_scim(employer: Employer, folk: list[Person]) -> None:
    provider = make_provider(employer.pk)
    for person in folk:
        found = provider.find(f'externalId eq "ext-{person.employee_number}"').get("Resources", [])
        if found:
            response = provider.send("PUT", f"/Users/{found[0]['id']}", user_body(person))
        else:
            response = provider.create(user_body(person))
        assert response.status_code in (200, 201), response.content


def _apply(change_set: Any, employer: Employer) -> None:
    assert change_set.error_count == 0, change_set.errors
    eligibility.apply(change_set_id=change_set.pk, by=employer.pk, now=NOW)


def seen(employer: Employer) -> dict[str, tuple[Person, str]]:
    with acting_as(hr_of(employer.pk)):
        return {one.employee_number: (person_of(one), one.contact_hash) for one in Member.objects.all()}


@given(folk=people(), ending=st.integers(min_value=0, max_value=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5)
def test_four_doors_make_one_roster(folk, ending):
    """New people, then one of them gone: each time the four rosters are the same."""
    employers = []
    for door in (by_census, by_834, by_scim, by_api):
        employer = make_employer()
        make_plan(employer.pk)
        employers.append((door, employer))
    gone = [replace(person, end_date=NOW.date()) for person in folk[ending : ending + 1]]
    for step in (folk, gone):
        if not step:
            continue
        for door, employer in employers:
            with acting_as(hr_of(employer.pk)):
                door(employer, step)
        census, *others = (seen(employer) for _, employer in employers)
        assert others == [census] * 3
        assert {number for number, (person, _) in census.items() if not person.is_active} == (
            {person.employee_number for person in step} if step is gone else set()
        )
