"""A refused POST that carries an Idempotency-Key is refused as it would be without, again and again."""

from datetime import datetime

from tests.architecture.world import TRACEPARENT, send
from tests.factories.benefits import activate, make_employer, make_member, make_plan, signed_in
from workers.kernel.ids import new_id


def test_a_refusal_is_kept_and_replayed(db: None, now: datetime) -> None:
    employer = make_employer()
    make_plan(employer.pk)
    employee = signed_in(activate(make_member(employer.pk)))
    employee.defaults["HTTP_TRACEPARENT"] = TRACEPARENT  # what is compared below names the trace
    for path, body, status in (
        ("quotes", {"course_id": str(new_id())}, 404),
        ("screenings", {"questionnaire": "none", "answers": {"a": 1}}, 404),
        ("income-declarations", {"annual_income_cents": "much"}, 422),
        ("employers", {"name": "Mine"}, 403),
    ):
        plain = send(employee, path, body)
        first, again = (send(employee, path, body, **{"Idempotency-Key": "k1"}) for _ in range(2))
        assert (first.status_code, first.content) == (status, plain.content)
        assert (again.status_code, again.content) == (status, plain.content)
        assert again.headers.get("Idempotent-Replayed") == (None if status == 403 else "true")  # rights may change
