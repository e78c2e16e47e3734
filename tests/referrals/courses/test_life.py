"""Courses played at random (machine.py says what holds)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.referrals.courses.machine import CourseLife


@pytest.mark.django_db
def test_courses_keep_their_rules_whatever_people_do() -> None:
    run_state_machine_as_test(
        CourseLife,
        settings=settings(max_examples=8, stateful_step_count=20, suppress_health_check=list(HealthCheck)),
    )
