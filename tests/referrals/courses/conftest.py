"""A course, and the browser of the member whose it is."""

from datetime import datetime

import pytest
from django.test import Client

from referrals.courses.models import Course
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course
from tests.factories.referrals import make_member
from workers.kernel.ids import new_id


@pytest.fixture
def course(now: datetime) -> Course:
    return make_course(member=make_member())


@pytest.fixture
def member(course: Course) -> Client:
    user = make_user("employee", email="z@home.example", employer_id=new_id(), member_id=course.member_id)
    return signed_in(user)
