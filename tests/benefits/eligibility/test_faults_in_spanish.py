"""What is wrong with a file is said in the reader's language, the numbers and names in it too."""

import re

import pytest

from tests.factories.benefits import make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA, sheet, upload
from workers.kernel.words import Sentence

pytestmark = pytest.mark.django_db
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def hr(now):
    employer = make_employer()
    make_plan(employer.pk)
    return signed_in(make_hr(employer.pk))


def test_faults_of_rows_are_said_in_spanish_with_their_numbers(hr):
    rows = [
        ANA | {"first_name": "A" * 101},
        ANA | {"employee_number": "E2", "hire_date": "2101-01-01"},
        ANA | {"employee_number": "E3"},
        ANA | {"employee_number": "E3"},
    ]
    answer = upload(hr, sheet(*rows)).json()
    assert "Use at most 100 characters." in str(answer), "the API goes on in English"
    page = hr.get(f"/eligibility-files/{answer['id']}/", headers=SPANISH).content.decode()
    for sentence in (
        "Use como máximo 100 caracteres.",
        "Indique un día hasta el año 2100.",
        "El mismo número de empleado está en la fila 5: deje una fila por persona.",
    ):
        assert sentence in page
    assert '<span lang="en">' not in page


def test_a_row_that_the_roster_refuses_says_so_in_spanish(hr):
    upload(hr, sheet(ANA), kind="changes")
    change_set = hr.get("/api/v1/change-sets/").json()["results"][0]["id"]
    hr.post(f"/api/v1/change-sets/{change_set}/apply/", {}, "application/json")
    other = ANA | {"first_name": "Bo", "last_name": "Li", "date_of_birth": "1970-01-01"}
    answer = upload(hr, sheet(other), kind="changes").json()
    page = hr.get(f"/eligibility-files/{answer['id']}/", headers=SPANISH).content.decode()
    assert "La plantilla tiene otra persona con este número" in page


def test_an_employee_by_form_and_a_step_are_refused_in_spanish(hr):
    path = "/employees/new/"
    facts = {name: value for name, value in ANA.items() if name not in ("employment_status", "personal_email")}
    page = hr.post(path, facts | {"hire_date": "2101-01-01"}, headers=SPANISH).content.decode()
    assert "Indique un día hasta el año 2100." in page


def test_every_sentence_gives_back_what_was_put_into_it():
    for one in Sentence._known:
        names = re.findall(r"%\((\w+)\)s", one.words)
        said = one(**{name: f"{number}, on_leave" for number, name in enumerate(names)})
        assert Sentence.taken_apart(said)[0] == one.words
    assert Sentence.taken_apart("Fill this cell.") == ("Fill this cell.", {})
