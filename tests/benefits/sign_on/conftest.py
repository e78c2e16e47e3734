"""An employer with a domain, whose owner sets sign-on up."""

import pytest

from benefits.employers import services as employers
from tests.conftest import NOW
from tests.factories.benefits import OPERATOR, make_employer, make_hr
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id


@pytest.fixture
def employer(committed_db, now):
    employer = make_employer()
    with acting_as(OPERATOR):
        employers.add_domain(employer_id=employer.pk, domain="acme.example", by=new_id(), now=NOW)
    return employer


@pytest.fixture
def owner(employer):
    return make_hr(employer.pk, email="owner@acme.example")
