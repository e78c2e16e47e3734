"""What a line of the log holds, and that requests, problems and lines name one trace."""

import json
import logging
import re
import socket
import sys

import psycopg
import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from config.logs import BriefFormatter, JsonFormatter, TraceFilter
from tests.factories.benefits import make_user, signed_in
from workers.kernel.trace import traced

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{ID}-00f067aa0ba902b7-01"


def line(message, *args, **more):
    """A message as it is written."""
    record = logging.LogRecord("engine", logging.INFO, __file__, 1, message, args, more.get("exc_info"))
    TraceFilter().filter(record)
    return json.loads(JsonFormatter().format(record))


def test_a_line_is_one_json_object_with_the_named_arguments_as_fields():
    with traced(ID):
        found = line("reaction failed consumer=%s attempt=%s after %s", "a.b", 3, "long")
    assert found["message"] == "reaction failed consumer=a.b attempt=3 after long"
    assert (found["consumer"], found["attempt"], found["trace"], found["level"]) == ("a.b", 3, ID, "INFO")
    assert found["at"].endswith("+00:00")
    assert "after" not in found


def test_a_named_argument_cannot_stand_in_for_the_lines_own_fields():
    assert line("level=%s trace=%s", "x", "y")["level"] == "INFO"


def test_an_error_comes_with_its_traceback_on_the_same_line():
    try:
        raise ValueError("bad")
    except ValueError:
        found = line("failed", exc_info=sys.exc_info())
    assert "ValueError: bad" in found["exception"]


def without_server(port):
    psycopg.connect(host="127.0.0.1", port=port, connect_timeout=1)


def without_redis(port):
    redis.Redis(host="127.0.0.1", port=port).ping()


def told_to_go(_):
    with psycopg.connect(**connection.get_connection_params()) as line:
        line.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (without_server, "OperationalError: .*refused"),
        (without_redis, "ConnectionError: .*refused"),
        (told_to_go, "OperationalError: terminating connection"),
    ],
)
def test_a_server_that_is_away_is_told_of_in_a_line(ask, said):
    """Real ones, as Django hands on what they did: nobody serves the port, or the server hangs up."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises((OperationalError, redis.ConnectionError)) as raised, connection.wrap_database_errors:
            ask(taken.getsockname()[1])
    exc_info = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("engine", logging.ERROR, __file__, 1, "failed", (), exc_info)
    [message, told] = BriefFormatter().format(record).splitlines()
    assert message == "failed"
    assert re.match(said, told)
    assert line("failed", exc_info=exc_info)["exception"] == told


def refused(cursor):
    cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")


def in_an_aborted_pipeline(_):
    raise psycopg.errors.PipelineAborted("pipeline aborted")


@pytest.mark.django_db
@pytest.mark.parametrize("fail", [refused, in_an_aborted_pipeline])
def test_what_the_database_refused_is_told_of_with_its_traceback(fail):
    with pytest.raises(OperationalError) as raised, connection.cursor() as cursor, connection.wrap_database_errors:
        fail(cursor)
    found = line("failed", exc_info=(raised.type, raised.value, raised.tb))
    assert found["exception"].startswith("Traceback")


@given(st.text(), st.lists(st.one_of(st.text(), st.binary(), st.integers(), st.none())))
def test_whatever_is_logged_is_written_on_one_line(text, values):
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "said=%s", (f"{text}{values}",), None)
    assert "\n" not in JsonFormatter().format(record)


@pytest.mark.django_db
def test_an_answer_names_the_trace_it_was_given(now):
    answer = Client().get("/api/v1/nothing/", headers={"traceparent": PARENT})
    assert answer["Trace-Id"] == ID


@pytest.mark.django_db
def test_every_problem_names_a_trace_and_a_line_of_the_log_has_it(now, caplog):
    caplog.set_level(logging.INFO, "config.middleware")
    user = signed_in(make_user("operator"))
    for path in ("/api/v1/nothing/", "/api/v1/employers/", "/api/v1/operator/engine/jobs/?status=odd"):
        answer = user.post(path, b"{", content_type="application/json")
        assert answer.status_code >= 400
        assert re.fullmatch("[0-9a-f]{32}", answer["Trace-Id"])
    assert [record.getMessage().split()[0] for record in caplog.records] == ["request"] * 3
    assert "jobs" in caplog.records[-1].getMessage()


@pytest.mark.django_db
def test_health_checks_are_no_news(now, caplog):
    caplog.set_level(logging.INFO, "config.middleware")
    Client().get("/healthz")
    assert caplog.records == []
