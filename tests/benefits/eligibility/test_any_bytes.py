"""Whatever is uploaded is staged or refused, and never a defect of ours."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.rules.tables import records
from benefits.eligibility.services import staging
from tests.conftest import NOW
from tests.factories.census import ANA, COLUMNS, URL, sheet

_HEADER = ",".join(COLUMNS).encode() + b"\n"
_tail = st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
_mutated = st.tuples(st.integers(0, 250), st.binary(min_size=1, max_size=3)).map(
    lambda change: sheet(ANA)[: change[0]] + change[1] + sheet(ANA)[change[0] + 1 :]
)
contents = st.one_of(st.binary(max_size=200), _tail.map(lambda tail: _HEADER + tail), _mutated)


SHARED_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(SHARED_DATABASE, max_examples=300)
@given(content=contents)
def test_any_bytes_are_rows_for_the_database_or_unreadable(content):
    """Each line has the columns that it is copied into, and none that PostgreSQL would not keep."""
    try:
        found = records(io.BytesIO(content), is_header=lambda header: sum(name in COLUMNS for name in header))
        reader = Reader(next(found, []), {}, today=NOW.date())
        lines = "".join(staging._blocks(reader.rows(found)))
    except Unreadable:
        return
    assert "\0" not in lines
    assert {line.count("\t") for line in lines.split("\n")[:-1]} == {len(staging._COLUMNS) - 1}


@pytest.mark.django_db
@settings(SHARED_DATABASE, max_examples=15)
@given(content=contents)
def test_any_bytes_are_staged_or_refused(hr, content):
    answer = hr.post(URL, {"file": SimpleUploadedFile("census.csv", content), "kind": "changes"})
    assert answer.status_code in (200, 201, 422), answer.content
    if answer.status_code == 201:
        applied = hr.post(f"{URL}{answer.json()['id']}/apply/", {"skip_rows_with_errors": True}, "application/json")
        assert applied.status_code == 200, applied.content


@pytest.mark.django_db
@settings(SHARED_DATABASE, max_examples=25)
@given(body=st.binary(max_size=300))
def test_any_form_is_refused(hr, body):
    answer = hr.generic("POST", URL, body, content_type="multipart/form-data; boundary=x")
    assert 400 <= answer.status_code < 500
