"""Every command of the page for developers does what the page says: run as it stands, by a shell, over HTTP.

The clinic's receiver is the page's own, too: it verifies what our worker sends to it.
"""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from config.local.ports import free_ports
from referrals.clinics.services import add_endpoint
from tests.browser import serving
from tests.factories.benefits import make_employer, make_hr, make_plan, make_user, signed_in
from tests.factories.clinic_access import OPERATOR, make_client, make_key
from tests.factories.referrals import make_clinic
from tests.factories.scim import make_provider
from workers.deliveries.sending import send_due
from workers.kernel.actor import acting_as

pytestmark = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")

URL = "/developers/"
PATIENCE = 20.0


class _Steps(HTMLParser):
    """The code on a page, by the step it is of; `files` names those that are to be saved."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.code: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self._step = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin where a <pre> names its step."""
        given = {name: value or "" for name, value in attrs}
        if tag == "pre" and (step := given.get("data-step")):
            self._step, self.code[step] = step, ""
            if file := given.get("data-file"):
                self.files[step] = file

    def handle_endtag(self, tag: str) -> None:
        """Up to its end."""
        self._step = "" if tag == "pre" else self._step

    def handle_data(self, data: str) -> None:
        """As it is copied."""
        if self._step:
            self.code[self._step] += data


class Terminal:
    """A developer at a shell: what was exported once stays so; what is between quotes is filled in."""

    def __init__(self, folder: Path, steps: _Steps) -> None:
        self.folder, self.steps = folder, steps
        self.filled: dict[str, str] = {}
        self.exports: list[str] = []
        self.done: set[str] = set()

    def run(self, step: str) -> Any:
        """Run a step's commands; the answer's JSON, or nothing."""
        self.done.add(step)
        code = self.steps.code[step]
        for words, value in self.filled.items():
            code = code.replace(f'"{words}"', f'"{value}"')
        lines = code.splitlines()
        self.exports += [line for line in lines if line.startswith("export ")]
        commands = [line for line in lines if not line.startswith("export ")]
        script = "\n".join([*self.exports, *commands])
        ran = subprocess.run(
            ["bash", "-euc", script], cwd=self.folder, env=_bare(), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, (step, script, ran.stdout, ran.stderr)
        return json.loads(ran.stdout) if ran.stdout else None

    def save(self, step: str) -> Path:
        """Save a step's code under its name."""
        self.done.add(step)
        path = self.folder / self.steps.files[step]
        path.write_text(self.steps.code[step])
        return path


def _bare() -> Mapping[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "no_proxy": "*"}


def terminal(folder: Path, reader: Client) -> Terminal:
    page = reader.get(URL)
    assert page.status_code == 200
    return Terminal(folder, _Steps(page.content.decode()))


@contextmanager
def received(script: Path, port: int, secret: str) -> Iterator[Any]:
    """Run the page's receiver, and yield a function that returns the next line it prints."""
    environment = {**_bare(), "PORT": str(port), "WEBHOOK_SECRET": secret}
    with subprocess.Popen(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            _until_listening(port)
            yield process.stdout.readline
        finally:
            process.terminate()


def _until_listening(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the receiver does not listen"


def test_a_clinics_developer_goes_from_a_key_to_an_accepted_offer(
    committed_db: str, settings: Any, tmp_path: Path
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    clinic_id = make_clinic(has_endpoint=False).pk
    [port] = free_ports(1)
    with serving(settings):
        shell = terminal(tmp_path, signed_in(make_user("clinic_staff", clinic_id=clinic_id)))
        client = make_client(clinic_id, "sandbox:use")
        shell.filled = {
            "your key": make_key(clinic_id, "sandbox:use"),
            "your client_id": str(client.client.pk),
            "your client’s secret": client.secret,
        }
        assert shell.run("key")["results"] == []
        assert shell.run("oauth")["token_type"] == "Bearer"
        shell.save("verify")
        secret = endpoint_at(clinic_id, port)
        with received(shell.save("receive"), port, secret) as next_line:
            made = shell.run("offer")
            assert shell.run("offer") == made, "the same key, the same answer"
            assert send_due() == 1
            assert_verified(next_line(), "referral.offered", made["id"])
            shell.filled |= {"the id": made["id"], "the referral_id": made["referral_id"]}
            assert shell.run("accept")["state"] == "accepted"
            assert send_due() == 1
            assert_verified(next_line(), "referral.confirmed", made["id"])
        assert shell.run("read")["first_name"] == "Test"
        shell.run("client")
        assert json.loads((tmp_path / "openapi.json").read_text())["openapi"] == "3.1.0"
        assert shell.done == set(shell.steps.code), "every step of the page was tried"


def endpoint_at(clinic_id: UUID, port: int) -> str:
    """Register the receiver's address; its secret."""
    with acting_as(OPERATOR):
        made = add_endpoint(clinic_id=clinic_id, url=f"http://127.0.0.1:{port}/")
    return made.signing_secret


def assert_verified(line: str, type: str, offer_id: str) -> None:
    verdict, _, body = line.partition(": ")
    message = json.loads(body)
    assert (verdict, message["type"]) == ("verified", type)
    assert (message["data"]["offer_id"], message["data"]["test"]) == (offer_id, True)


def test_an_hr_system_adds_changes_and_ends_people(committed_db: str, settings: Any, tmp_path: Path) -> None:
    employer_id = make_employer().pk
    make_plan(employer_id)
    hr = signed_in(make_hr(employer_id))
    with serving(settings):
        shell = terminal(tmp_path, hr)
        shell.filled = {"your token": make_provider(employer_id).token}
        assert shell.run("token")["patch"]["supported"] is True
        person = shell.run("person")
        assert [one["id"] for one in shell.run("find")["Resources"]] == [person["id"]]
        changed = shell.run("bulk")
        assert (changed["status"], changed["diff"]["changed"], changed["diff"]["added"]) == ("applied", 1, 1)
        assert shell.run("bulk") == changed, "the same key, the same answer"
        assert roster(hr) == {"TEST-1": ("Renamed", "active"), "TEST-2": ("Person", "active")}
        assert shell.run("end")["diff"]["ended"] == 2
        assert roster(hr) == {"TEST-1": ("Renamed", "ended"), "TEST-2": ("Person", "ended")}
        assert shell.done == set(shell.steps.code), "every step of the page was tried"


def roster(hr: Client) -> dict[str, tuple[str, str]]:
    found = hr.get("/api/v1/members/").json()["results"]
    return {one["employee_number"]: (one["last_name"], one["employment_status"]) for one in found}


@pytest.mark.django_db
def test_everybody_gets_the_steps_of_their_own_kind(now: Any) -> None:
    steps = {
        role: set(_Steps(signed_in(user).get(URL).content.decode()).code)
        for role, user in (
            ("clinic", make_user("clinic_staff", clinic_id=make_clinic().pk)),
            ("hr", make_hr(make_employer().pk)),
            ("operator", make_user("operator")),
        )
    }
    assert steps["clinic"].isdisjoint(steps["hr"])
    assert steps["operator"] == steps["clinic"] | steps["hr"]
