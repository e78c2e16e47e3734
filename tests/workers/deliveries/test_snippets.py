"""What is kept of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.deliveries.snippets import SNIPPET_LENGTH, scrub


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b'{"received": true}', '{"received": true}'),
        (b"", ""),
        (b"line\r\nnext\x00\x1b[31mred", "line next [31mred"),
        ("a\u202eb\u200bc\ufeffd".encode(), "a b c d"),
        (b"\xff\xfe", "��"),
        (b"mail anna.b+c@clinic.example now", "mail [e-mail] now"),
        (b'{"secret": "whsec_AAAA"}', '{"secret": "[secret]"}'),
        (b'{"password":"hunter2","a":1}', '{"password":"[secret]","a":1}'),
        (b"Authorization: Bearer abc.def", "Authorization: [secret] [secret]"),
        (b"key sk_test_123 used", "key [secret] used"),
        (b"id " + b"Ab1" * 10, "id [secret]"),
        (b"request 018f3a52-7c1e-7bbb-9d1e-2f0c3a4b5c6d failed", "request 018f3a52-7c1e-7bbb-9d1e-2f0c3a4b5c6d failed"),
    ],
)
def test_secrets_addresses_and_controls_are_taken_out(answer, kept):
    assert scrub(answer) == kept


def test_a_secret_across_the_end_is_not_kept_in_part():
    answer = b"x " * 90 + b"k" * 100
    assert "kkk" not in scrub(answer)


@given(st.binary(max_size=3000) | st.text(max_size=2000).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_answer_can_be_stored(answer):
    text = scrub(answer)
    assert len(text) <= SNIPPET_LENGTH
    assert text.isprintable()
    text.encode()
