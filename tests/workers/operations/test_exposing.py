"""Who may read what is counted: the holder of the token, and in development everybody."""

import http.client

import pytest
from django.test import Client

from tests.workers.test_metrics import sample
from workers import celery
from workers.kernel import metrics
from workers.operations.exposing import serve

TOKEN = "a-token-of-prometheus"


@pytest.fixture
def port():
    server = serve(0)
    yield server.server_port
    server.shutdown()
    server.server_close()


def get(port, path="/metrics", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize("given", ["", TOKEN, "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"bearer {TOKEN}"])
def test_whoever_has_not_the_token_finds_nothing(port, given, settings):
    settings.METRICS_TOKEN = TOKEN
    assert get(port, Authorization=given)[0] == 404
    answer = Client().get("/metrics", headers={"authorization": given})
    assert (answer.status_code, TOKEN in answer.content.decode()) == (404, False)


def test_a_worker_tells_the_holder_of_the_token(port, settings):
    settings.METRICS_TOKEN = TOKEN
    metrics.count_jobs("domain", "done")
    status, text = get(port, Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert sample(text, "engine_jobs_total", lane="domain", outcome="done") >= 1
    assert get(port, "/other", Authorization=f"Bearer {TOKEN}")[0] == 404


@pytest.mark.django_db
def test_the_web_process_tells_what_waits_as_well(settings, now):
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert sample(answer.content.decode(), "engine_rows", queue="jobs", lane="domain", state="due") == 0


def test_without_a_token_only_development_is_open(port, settings):
    settings.METRICS_TOKEN, settings.DEVELOPMENT = "", False
    assert get(port)[0] == 404
    settings.DEVELOPMENT = True
    assert get(port)[0] == 200


def test_a_worker_whose_port_is_taken_says_so_and_works(port, settings, caplog):
    settings.METRICS_PORT = port
    celery._serve_metrics()
    assert "nothing is served there" in caplog.text


def test_no_label_tells_of_anybody():
    """Labels are lanes, queues, consumers, outcomes, tables: an id would be a label of its own for each person."""
    names = {label for metric in metrics._own.collect() for each in metric.samples for label in each.labels}
    assert names <= {"lane", "outcome", "queue", "consumer", "table", "le"}
