"""docker-compose.yml has the production shape: a worker per lane, no secret of its own, nobody runs as root."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from workers.deliveries.transfer import DEADLINE
from workers.events import LANES
from workers.tasks import DRAIN_SECONDS, KILL_SECONDS

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SECRETS = re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text())


def test_every_lane_and_the_sweep_have_a_worker() -> None:
    """One each: a lane's backlog would hold up every timer, were the sweep beside it."""
    commands = [str(service.get("command", "")) for service in COMPOSE["services"].values()]
    queues = [queues for command in commands for queues in re.findall(r"-Q ([\w,]+)", command)]
    assert sorted(queues) == sorted([*LANES, "sweep"])


def test_a_worker_that_is_told_to_stop_has_the_time_that_its_work_may_take() -> None:
    """Docker's own 10 seconds would kill it in the middle of a batch, and leave what it held to the end of a lease."""
    for name, service in COMPOSE["services"].items():
        if "-Q " in str(service.get("command", "")):
            longest = DRAIN_SECONDS + DEADLINE if name == "webhooks" else KILL_SECONDS
            assert int(service["stop_grace_period"].removesuffix("s")) >= longest, name


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert {"SECRET_KEY", "FIELD_KEYS", "STRIPE_SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"} <= set(SECRETS)
    assert re.findall(r"\$\{\w*(?:SECRET|PASSWORD|KEY)\w*:?-", text) == []


def test_every_service_says_whether_it_is_healthy() -> None:
    ends_by_itself = {"migrate"}
    unwatched = [name for name, service in COMPOSE["services"].items() if "healthcheck" not in service]
    assert set(unwatched) == ends_by_itself


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users
    assert users[-1] != "root"


def test_the_file_is_valid_to_docker_compose() -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed (Debian's package docker-compose); CI installs it")
    environment = dict.fromkeys(SECRETS, "x") | {"PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [compose, "config", "-q"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    without = subprocess.run(
        [compose, "config", "-q"], cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False
    )
    assert without.returncode != 0
