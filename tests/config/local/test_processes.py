"""The process group: one log, one end."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.processes import NotReady, ProcessDied, ProcessGroup
from tests.config.local.checkout import PROJECT, eventually, is_alive

ENV = dict(os.environ)
ENDLESS = ["sh", "-c", "echo up; exec sleep 600"]

RUNNER = """
import os, sys, time
from pathlib import Path
from config.local.processes import ProcessGroup

daughter = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
mother = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {daughter!r}]).wait()"
with ProcessGroup(Path(sys.argv[1]), echo=sys.stdout) as group:
    group.start("mother", [sys.executable, "-c", mother], dict(os.environ))
    group.wait()
"""


def runner(logs: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNER, str(logs)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def grandchild_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline().rpartition("|")[2])


def test_every_line_is_in_the_common_log_and_in_a_file_of_its_own(tmp_path: Path) -> None:
    log = io.StringIO()
    with ProcessGroup(tmp_path, echo=log) as group:
        group.start("web", ["sh", "-c", "echo one; echo two >&2; exec sleep 600"], ENV, ready="two")
        group.start("broker", ENDLESS, ENV, ready="up", echo=False)
        group.wait_ready()
    lines = log.getvalue().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["web        | one", "web        | two"]
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in lines)
    assert [line[9:] for line in (tmp_path / "web.log").read_text().splitlines()] == ["one", "two"]
    assert (tmp_path / "broker.log").read_text().endswith("up\n")


def test_a_process_that_dies_ends_all_and_is_named_with_its_last_lines(tmp_path: Path) -> None:
    survivors = []

    def run() -> None:
        with ProcessGroup(tmp_path) as group:
            survivors.append(group.start("survivor", ENDLESS, ENV, ready="up"))
            group.wait_ready()
            group.start("culprit", ["sh", "-c", "echo no more ink; exit 4"], ENV)
            group.wait()

    with pytest.raises(ProcessDied) as died:
        run()
    assert (died.value.name, died.value.code, died.value.last_lines) == ("culprit", 4, ("no more ink",))
    assert str(died.value) == "'culprit' ended unexpectedly with exit code 4.\n    no more ink"
    assert survivors[0].leash.returncode == 128 + signal.SIGTERM


def test_a_process_that_dies_while_others_are_awaited_is_named(tmp_path: Path) -> None:
    def run() -> None:
        with ProcessGroup(tmp_path) as group:
            group.start("slow", ENDLESS, ENV, ready="never said")
            group.start("culprit", ["sh", "-c", "exit 4"], ENV)
            group.wait_ready()

    with pytest.raises(ProcessDied, match="'culprit' ended unexpectedly with exit code 4"):
        run()


def test_a_process_that_never_gets_ready_is_named(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        group.start("slow", ENDLESS, ENV, ready=lambda: False)
        with pytest.raises(NotReady, match="'slow' was not ready in time"):
            group.wait_ready(seconds=0.1)


def test_stages_end_in_reverse_order(tmp_path: Path) -> None:
    record = tmp_path / "record"
    script = 'trap "echo $1 >> $2; exit 0" TERM; echo up; while :; do sleep 0.01; done'
    with ProcessGroup(tmp_path) as group:
        for name in ("first", "second", "third"):
            group.start(name, ["sh", "-c", script, "sh", name, str(record)], ENV, ready="up")
            group.wait_ready()
    assert record.read_text().split() == ["third", "second", "first"]


def test_a_command_that_ends_by_itself_may_be_run(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        group.run("migrate", ["sh", "-c", "echo done"], ENV)
        with pytest.raises(ProcessDied, match="'provision' ended unexpectedly with exit code 3"):
            group.run("provision", ["sh", "-c", "exit 3"], ENV)
    assert (tmp_path / "migrate.log").read_text().endswith("done\n")


def test_a_stopped_process_is_no_failure_and_may_start_again(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        group.start("worker", ENDLESS, ENV, ready="up")
        group.wait_ready()
        group.stop("worker")
        group.check()
        again = group.start("worker", ENDLESS, ENV, ready="up")
        group.wait_ready()
        assert again.leash.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_grandchildren_die_with_the_runner(tmp_path: Path, number: signal.Signals) -> None:
    with runner(tmp_path) as process:
        grandchild = grandchild_of(process)
        assert is_alive(grandchild)
        process.send_signal(number)
        process.wait()
    assert eventually(lambda: not is_alive(grandchild))
