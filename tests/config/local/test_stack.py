"""The whole stack, on a stand-in project: a real gunicorn and real Celery workers with nothing to do."""

import json
import socket
import sys
import urllib.request

import pytest

from tests.config.local.checkout import Checkout, eventually, is_alive

SIMULATOR = """
import argparse, http.server, os
options = argparse.ArgumentParser()
for name in ("--port", "--http-port"):
    options.add_argument(name, type=int, dest="port")
options.add_argument("--smtp-port"), options.add_argument("--clock-file")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/control/health" else 404)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", options.parse_known_args()[0].port), Handler).serve_forever()
"""
MANAGE = """
import os, sys
with open(".local/prepared", "a") as record:
    print(sys.argv[1], os.environ["DATABASE_OWNER_URL"] != os.environ["DATABASE_URL"], file=record)
"""
WEB = """
import json, os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(dict(os.environ) | {"pid": os.getpid()}).encode()]
"""
WORKERS = """
import os
from celery import Celery
app = Celery("workers", broker=os.environ["REDIS_URL"])
"""
STACK = """
from config.local.stack import Stack
with Stack(echo=None) as stack:
    print(stack.url("web"), flush=True)
    stack.wait()
"""
EVERYTHING = ("billing", "beat", "clinics", "domain", "files", "mail", "mailbox", "stripe", "sweep", "web", "webhooks")


@pytest.fixture
def project(checkout: Checkout) -> Checkout:
    """A checkout with the least of a project in it."""
    files = {"manage.py": MANAGE, "config/wsgi.py": WEB, "workers/celery.py": WORKERS}
    files |= {f"tests/simulators/{name}.py": SIMULATOR for name in ("stripe", "clinics", "mailbox")}
    for name, text in files.items():
        path = checkout.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return checkout


def environment_of(url: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{url}/healthz") as answer:  # noqa: S310 - our own web process
        return dict(json.load(answer))


def announced_url(checkout: Checkout) -> str:
    """Start the stack, without the story that `up` would play first, and return the address it prints."""
    process = checkout.start_python("-c", STACK)
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.readline().strip() or pytest.fail(process.stderr.read())


def logs_of(checkout: Checkout) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (checkout.state / "logs").glob("*.log")}


def test_everything_comes_up_and_goes_down_together(project: Checkout) -> None:
    url = announced_url(project)
    seen = environment_of(url)
    assert seen["BASE_URL"] == url
    assert seen["STRIPE_API_BASE"].startswith("http://127.0.0.1:")
    assert seen["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert seen["EMAIL_URL"].startswith("smtp://127.0.0.1:")
    assert (project.state / "prepared").read_text().splitlines() == ["provision True", "migrate True"]
    assert set(logs_of(project)) >= {*EVERYTHING, "postgres", "valkey", "migrate", "provision"}
    for lane in ("domain", "files", "sweep", "billing", "mail", "webhooks"):
        assert f"{lane}@{socket.gethostname()} ready." in logs_of(project)[lane]
    shown = project.run("beside", "--", sys.executable, "-c", "import os; print(os.environ['BASE_URL'])")
    assert (shown.stdout, shown.stderr, shown.returncode) == (f"{url}\n", "", 0)
    process, *_ = project.started
    process.kill()
    assert eventually(lambda: not is_alive(int(seen["pid"])))


def test_beside_nothing_is_a_sentence(project: Checkout) -> None:
    done = project.run("beside", "--", "true")
    assert (done.returncode, done.stderr) == (2, "Nothing is up in this checkout: begin with make up.\n")


def test_a_failing_preparation_stops_the_start_with_its_last_lines(project: Checkout) -> None:
    (project.folder / "manage.py").write_text("raise SystemExit('no such table')")
    done = project.run("up")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "'provision' ended unexpectedly with exit code 1.",
        "    no such table",
    ]


def test_a_port_in_use_is_a_sentence(project: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = project.run("up", PORT=port)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"Port {port} cannot be used")
    assert line.endswith("or set PORT to another port.")
