"""What an answer means, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.deliveries import rules
from workers.deliveries.rules import Answer, Fate, Health, fate_of, health_after, wait_after

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
answers = st.builds(
    Answer,
    status_code=st.none() | st.integers(100, 599),
    retry_after=st.none() | st.timedeltas(timedelta(), rules.MOST_RETRY_AFTER),
)


def after(count, *, status=500, at=NOW):
    health = Health()
    for _ in range(count):
        health = health_after(health, Answer(status_code=status), now=at)
    return health


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_done(status):
    assert fate_of(Answer(status_code=status), attempts=10) == Fate.DONE


@pytest.mark.parametrize("status", [None, 100, 301, 302, 307, 308, 400, 404, 429, 500, 503])
def test_all_else_fails_and_a_redirect_too(status):
    assert fate_of(Answer(status_code=status), attempts=1) == Fate.AGAIN
    assert fate_of(Answer(status_code=status), attempts=rules.MAX_ATTEMPTS) == Fate.DEAD


def test_gone_is_gone_at_once():
    answer = Answer(status_code=410)
    assert fate_of(answer, attempts=1) == Fate.DEAD
    assert health_after(Health(), answer, now=NOW).gone == "The endpoint answered 410 Gone."


def test_the_tries_are_those_of_standard_webhooks():
    hours = [rules.back_off_after(n) / timedelta(hours=1) for n in range(4, 10)]
    assert [rules.back_off_after(n) for n in (1, 2, 3)] == [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
    ]
    assert (hours, rules.MAX_ATTEMPTS) == ([2, 5, 10, 14, 20, 24], 10)


@given(answers, st.integers(1, 9), st.floats(0, 1))
def test_a_wait_is_within_a_fifth_and_never_before_retry_after(answer, attempts, chance):
    wait, planned = wait_after(answer, attempts=attempts, chance=chance), rules.back_off_after(attempts)
    asked = answer.retry_after or timedelta()
    assert wait >= asked
    assert planned * 0.8 - timedelta.resolution <= wait <= max(planned * 1.2 + timedelta.resolution, asked)


def test_the_breaker_opens_after_five_outages_and_counts_what_was_under_way_once():
    assert after(4).breaker_until is None
    opened = after(5)
    assert opened.breaker_until == NOW + timedelta(seconds=30)
    assert after(15) == opened


def test_each_failed_probe_doubles_the_pause_up_to_half_an_hour():
    health, pauses = after(5), []
    for _ in range(8):
        now = health.breaker_until
        health = health_after(health, Answer(status_code=None, error_class="Timeout"), now=now)
        pauses.append((health.breaker_until - now).total_seconds())
    assert pauses == [60, 120, 240, 480, 960, 1800, 1800, 1800]


def test_one_good_answer_closes_it():
    assert health_after(after(9), Answer(status_code=204), now=NOW) == Health()


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refused_message_is_no_outage(status):
    health = after(50, status=status)
    assert (health.failures, health.breaker_until, health.failing_since) == (0, None, NOW)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_throttles_is_left_alone_as_long_as_it_asks(status):
    asked = Answer(status_code=status, retry_after=timedelta(minutes=7))
    assert health_after(Health(), asked, now=NOW).breaker_until == NOW + timedelta(minutes=7)
    assert after(1, status=status).breaker_until == NOW + rules.THROTTLE


def test_five_failing_days_are_the_end():
    health = health_after(after(1), Answer(status_code=500), now=NOW + timedelta(days=5) - timedelta(seconds=1))
    assert health.gone == ""
    assert health_after(health, Answer(status_code=500), now=NOW + timedelta(days=5)).gone


@given(st.lists(answers, max_size=40))
def test_health_never_forgets_since_when_it_fails(given_answers):
    health, since = Health(), None
    for minute, answer in enumerate(given_answers):
        now = NOW + timedelta(minutes=minute)
        since = None if answer.is_good else since or now
        health = health_after(health, answer, now=now)
        assert health.failing_since == since
        assert (health.breaker_until is None) or health.breaker_until >= NOW
