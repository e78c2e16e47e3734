"""An employer with a plan, and its HR admin."""

import pytest
from django.test import Client

from benefits.employers.models import Employer
from tests.factories.benefits import make_employer, make_hr, make_plan, signed_in


@pytest.fixture
def employer(db: None, now: object) -> Employer:
    """With a plan that covers dependants, too."""
    employer = make_employer()
    make_plan(employer.pk, covers_dependants=True)
    return employer


@pytest.fixture
def hr(employer: Employer) -> Client:
    """Signed in, with every permission."""
    return signed_in(make_hr(employer.pk))
