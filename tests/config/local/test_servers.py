"""The real servers, through the command that starts them."""

import json
import os
import signal
import socket
import stat
import subprocess

import pytest

from tests.config.local.checkout import Checkout, eventually, is_alive

SHOW = """
import json, os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
    def value(query):
        return connection.execute(query).fetchone()[0]
    connection.execute("CREATE TABLE IF NOT EXISTS kept (at int)")
    connection.execute("INSERT INTO kept VALUES (1)")
    print(json.dumps({
        "environment": dict(os.environ),
        "rows": value("SELECT count(*) FROM kept"),
        "role": connection.execute("SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
                                   " FROM pg_roles WHERE rolname = current_user").fetchone(),
        "encoding": value("SHOW server_encoding"),
        "fsync": value("SHOW fsync"),
        "max_connections": value("SHOW max_connections"),
        "listen": value("SHOW listen_addresses"),
        "method": value("SHOW password_encryption"),
        "sorted": value("SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','a','B','é']) x"),
        "upper": value("SELECT upper('é')"),
        "broker": redis.Redis.from_url(os.environ["REDIS_URL"]).config_get("save", "appendonly"),
    }, default=str))
"""
WAIT = """
import os, time, psycopg
connection = psycopg.connect(os.environ["DATABASE_OWNER_URL"])
connection.execute("CREATE TABLE IF NOT EXISTS kept (at int)")
connection.execute("INSERT INTO kept VALUES (1)")
connection.commit()
print("up", flush=True)
time.sleep(600)
"""


def shown(checkout: Checkout, *options: str, **settings: str) -> dict[str, object]:
    done = checkout.python_with_servers(SHOW, *options, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


def waiting(checkout: Checkout) -> subprocess.Popen[str]:
    process = checkout.start("servers", "--", checkout.python, "-c", WAIT)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def postmaster_of(checkout: Checkout) -> int:
    [lock] = checkout.postgres_home.glob("postgres-*/postmaster.pid")
    return int(lock.read_text().splitlines()[0])


def sentence_of(done: subprocess.CompletedProcess[str]) -> str:
    """The only line of a start that failed as it should."""
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    return line


def test_both_servers_run_as_configured(checkout: Checkout) -> None:
    found = shown(checkout)
    assert found["role"] == ["owner", False, True, True, False]
    assert (found["encoding"], found["method"]) == ("UTF8", "scram-sha-256")
    assert (found["fsync"], found["max_connections"]) == ("on", "200")
    assert found["listen"] == "127.0.0.1"
    assert (found["sorted"], found["upper"]) == ("Babé", "É")
    assert found["broker"] == {"save": "", "appendonly": "no"}


def test_the_environment_is_complete_and_secrets_stay_the_same(checkout: Checkout) -> None:
    first, second = (shown(checkout)["environment"] for _ in range(2))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    for name in ("SECRET_KEY", "FIELD_KEYS", "DEBUG", "ALLOWED_HOSTS", "BASE_URL", "CLOCK_FILE"):
        assert first[name] == second[name] != ""
    assert first["CLOCK_FILE"] == str(checkout.state / "clock")
    owner, app = first["DATABASE_OWNER_URL"], first["DATABASE_URL"]
    assert owner.startswith("postgres://owner:")
    assert app.startswith("postgres://app_login:")
    assert owner.rpartition("@")[2] == app.rpartition("@")[2]
    assert stat.S_IMODE((checkout.state / "secrets.json").stat().st_mode) == 0o600


def test_settings_of_the_caller_win(checkout: Checkout) -> None:
    found = shown(checkout, SECRET_KEY="mine", BASE_URL="https://mine.example")["environment"]
    assert isinstance(found, dict)
    assert (found["SECRET_KEY"], found["BASE_URL"]) == ("mine", "https://mine.example")


def test_data_outlives_a_run_and_fast_data_is_apart(checkout: Checkout) -> None:
    assert [shown(checkout)["rows"], shown(checkout)["rows"]] == [1, 2]
    fast = shown(checkout, "--fast")
    assert (fast["rows"], fast["fsync"]) == (1, "off")


def test_a_run_inside_a_run_uses_the_same_servers(checkout: Checkout) -> None:
    inner = [checkout.python, "-m", "config.local", "servers", "--", checkout.python, "-c", SHOW]
    done = checkout.run("servers", "--", *inner)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["environment"]["DATABASE_URL"].startswith("postgres://app_login:")


def test_the_exit_code_is_the_commands(checkout: Checkout) -> None:
    assert checkout.run("servers", "--", "sh", "-c", "exit 9").returncode == 9


def test_an_ordinary_user_runs_them_directly(ordinary_checkout: Checkout) -> None:
    code = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_OWNER_URL']).info.user)"
    for _ in range(2):
        done = ordinary_checkout.python_with_servers(code)
        assert (done.returncode, done.stdout, done.stderr) == (0, "owner\n", "")
    assert (ordinary_checkout.state / "pg").stat().st_uid == ordinary_checkout.folder.stat().st_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="concerns root")
def test_root_keeps_data_in_the_project_where_nobody_may_enter_it(open_checkout: Checkout) -> None:
    assert shown(open_checkout)["rows"] == 1
    assert (open_checkout.state / "pg").owner() == "nobody"
    assert not (open_checkout.state / "postgres-location").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="concerns root")
def test_root_keeps_data_elsewhere_where_nobody_may_not_enter_the_project(checkout: Checkout) -> None:
    checkout.folder.chmod(0o700)
    assert shown(checkout)["rows"] == 1
    home = checkout.postgres_home
    assert home.owner() == "nobody"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_they_start_again_after_the_runner_was_killed(checkout: Checkout) -> None:
    killed = waiting(checkout)
    killed.kill()
    assert shown(checkout)["rows"] == 2


def test_they_start_again_after_everything_was_killed(checkout: Checkout) -> None:
    killed, postmaster = waiting(checkout), postmaster_of(checkout)
    os.kill(postmaster, signal.SIGKILL)
    assert killed.wait() == 1
    assert "'postgres' ended unexpectedly" in killed.communicate()[1]
    assert shown(checkout)["rows"] == 2


def test_a_lock_file_that_names_another_program_is_removed(checkout: Checkout) -> None:
    shown(checkout)
    [data] = checkout.postgres_home.glob("postgres-*")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n1\n\n127.0.0.1\n0 0\nready\n")
    assert shown(checkout)["rows"] == 2


def test_postgres_dies_with_its_runner(checkout: Checkout) -> None:
    killed, postmaster = waiting(checkout), postmaster_of(checkout)
    killed.kill()
    assert eventually(lambda: not is_alive(postmaster))


def test_a_second_run_at_once_is_refused(checkout: Checkout) -> None:
    waiting(checkout)
    assert sentence_of(checkout.run("servers", "--", "true")).startswith("Another run of this checkout is using")


def test_lost_passwords_are_explained(open_checkout: Checkout) -> None:
    shown(open_checkout)
    (open_checkout.state / "secrets.json").unlink()
    assert "do not belong together" in sentence_of(open_checkout.run("servers", "--", "true"))


def test_damaged_secrets_are_explained(checkout: Checkout) -> None:
    checkout.state.mkdir()
    (checkout.state / "secrets.json").write_text("{")
    assert "is damaged" in sentence_of(checkout.run("servers", "--", "true"))


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://u:hush@h/db", "postgres://u:hush@h:port/db", "postgres://u:%zzhush@127.0.0.1:1/db",
     "postgres://u:hush@127.0.0.1:1", "postgres:///db", "postgres://[u:hush@h/db"],
)  # fmt: skip
def test_a_malformed_database_url_is_named_and_not_shown(checkout: Checkout, url: str) -> None:
    said = sentence_of(checkout.run("servers", "--", "true", DATABASE_URL=url))
    assert said.startswith("DATABASE_URL ")
    assert said.endswith("it has to look like postgres://user:password@host:port/name.")
    assert "hush" not in said


@pytest.mark.parametrize(
    ("setting", "scheme", "what"),
    [("DATABASE_URL", "postgres", "database"), ("REDIS_URL", "redis", "broker")],
)
def test_an_unreachable_server_is_named(checkout: Checkout, setting: str, scheme: str, what: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{closed.getsockname()[1]}"
        done = checkout.run("servers", "--", "true", **{setting: f"{scheme}://u:hush@{place}/0"})
    said = sentence_of(done)
    assert said.startswith(f"The {what} at {place} ({setting}) cannot be used: ")
    assert "hush" not in said


@pytest.mark.parametrize("url", ["nonsense", "http://h/0", "redis://:hush@h:port/0"])
def test_a_malformed_redis_url_is_named(checkout: Checkout, url: str) -> None:
    said = sentence_of(checkout.run("servers", "--", "true", REDIS_URL=url))
    assert said == "REDIS_URL is not a valid URL: it has to look like redis://:password@host:port/0."
