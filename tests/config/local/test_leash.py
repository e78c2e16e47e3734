"""The leash: what it runs ends with the pipe, and so does everything started by that."""

import os
import signal
import subprocess
import sys

from tests.config.local.checkout import PROJECT, eventually, is_alive

LEASH = [sys.executable, "-m", "config.local.leash"]
DAUGHTER = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
MOTHER = f"""
import subprocess, sys
daughter = subprocess.Popen([sys.executable, "-c", {DAUGHTER!r}], stdout=subprocess.PIPE, text=True)
"""


def leashed(*arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*LEASH, *arguments], cwd=PROJECT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def test_it_ends_with_the_exit_code_of_its_command() -> None:
    with leashed("--", "sh", "-c", "exit 7") as process:
        assert process.wait() == 7


def test_it_ends_with_128_plus_the_signal_that_ended_its_command() -> None:
    with leashed("--", "sh", "-c", "kill -KILL $$") as process:
        assert process.wait() == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist_is_named() -> None:
    with leashed("--", "/nowhere/at-all") as process:
        assert process.wait() == 127
        assert process.stderr is not None
        assert process.stderr.read() == "cannot run /nowhere/at-all: No such file or directory\n"


def test_the_command_gets_its_signal_when_the_pipe_ends() -> None:
    script = "trap 'echo asked; exit 5' INT; echo up; while :; do sleep 0.01; done"
    with leashed("--signal", str(int(signal.SIGINT)), "--", "sh", "-c", script) as process:
        assert first_line(process) == "up"
        let_go(process)
        assert process.wait() == 5
        assert first_line(process) == "asked"


def test_a_command_that_ignores_its_signal_is_killed_after_the_grace() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    with leashed("--grace", "0.2", "--", sys.executable, "-c", code) as process:
        assert first_line(process) == "up"
        let_go(process)
        assert process.wait() == 128 + signal.SIGKILL


def test_a_pipe_that_ended_at_once_ends_the_command_at_once() -> None:
    for _ in range(5):
        with leashed("--grace", "30", "--", "sleep", "600") as process:
            let_go(process)
            assert process.wait(timeout=10) == 128 + signal.SIGTERM


def test_a_grandchild_with_a_session_of_its_own_dies_too() -> None:
    with leashed(
        "--", sys.executable, "-c", MOTHER + "print(daughter.stdout.readline(), flush=True); daughter.wait()"
    ) as process:
        grandchild = int(first_line(process))
        assert is_alive(grandchild)
        let_go(process)
        process.wait()
        assert not is_alive(grandchild)


def test_what_a_finished_command_left_behind_dies_too() -> None:
    with leashed("--", sys.executable, "-c", MOTHER + "print(daughter.stdout.readline(), flush=True)") as process:
        grandchild = int(first_line(process))
        assert process.wait() == 0
        assert not is_alive(grandchild)


def test_the_command_dies_when_the_leash_itself_is_killed() -> None:
    with leashed("--", "sh", "-c", "echo $$; exec sleep 600") as process:
        command = int(first_line(process))
        os.kill(process.pid, signal.SIGKILL)
        if sys.platform == "linux":
            assert eventually(lambda: not is_alive(command))
        else:
            os.kill(command, signal.SIGKILL)
