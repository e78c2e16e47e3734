"""Files that are none, too large, or too long: refused with the reason, and nothing kept."""

import pytest

from benefits.eligibility.models import ChangeSet
from benefits.eligibility.rules.limits import MOST_BYTES
from benefits.eligibility.services import staging, uploading
from tests.factories.census import ANA, URL, many, sheet, upload
from workers.kernel.actor import WORKER, acting_as


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_column"),
        (b"\x89PNG\r\n\x1a\n\0", "not_text"),
        (sheet(ANA).decode().encode("latin-1"), "encoding"),
        ("name,first\n".encode("utf-16"), "no_header"),
        (sheet(), "empty"),
        (sheet(ANA).replace(b"state", b"county", 1), "unknown_column"),
        (sheet(ANA).replace(b"state", b"hire_date", 1), "duplicate_column"),
        (sheet(ANA).replace(b",", b"^"), "no_header"),
        (sheet(ANA).replace(b"timezone", b"SSN", 1), "ssn_column"),
        (sheet(ANA) + b'"E2,Bob\n', "malformed"),
    ],
)
def test_what_is_no_census_is_refused_and_not_kept(hr, employer, content, code):
    answer = upload(hr, content)
    assert answer.status_code == 422
    assert code in {error["code"] for error in answer.json()["errors"]}
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()


@pytest.mark.parametrize("announced", [MOST_BYTES + 200_000, 10**9, 10**30])
def test_a_file_of_a_gigabyte_is_refused_by_its_announced_length(hr, announced):
    """Nothing of it is read: the body here is a few bytes."""
    kind = "multipart/form-data; boundary=x"
    answer = hr.generic("POST", URL, b"--x", content_type=kind, CONTENT_LENGTH=str(announced))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_file_just_over_the_limit_is_refused(hr, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_BYTES", 100)
    answer = upload(hr, sheet(ANA))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_ten_million_rows_are_refused_at_the_first_too_many(hr, monkeypatch):
    monkeypatch.setattr(staging, "MOST_ROWS", 3)
    answer = upload(hr, sheet(*many(4)))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()


def test_a_large_file_with_a_wrong_header_is_refused_at_once(hr, monkeypatch):
    monkeypatch.setattr(uploading, "AT_ONCE", 1_000)
    answer = upload(hr, sheet(*many(40)).replace(b"state", b"county", 1))
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
