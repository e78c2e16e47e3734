"""PostgreSQL and Valkey, ours or the caller's, and the environment that tells a child process of them."""

import os
import secrets
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self, TextIO
from urllib.parse import urlsplit, urlunsplit

from config.local.failures import CannotStart
from config.local.postgres import PostgresServer
from config.local.processes import NotReady, ProcessDied, ProcessGroup
from config.local.state import State, field_keys, password
from config.local.valkey import Valkey

APP_LOGIN = "app_login"
CONNECT_SECONDS = 5


class Servers:
    """Both servers, as a context manager; entering raises CannotStart.

    `DATABASE_URL` and `REDIS_URL` in the caller's environment are used instead of a server of our own, once
    they were seen to answer.
    """

    def __init__(self, *, state: State | None = None, fast: bool = False, echo: TextIO | None = None) -> None:
        """`fast` gives up durability, for tests; `echo` is the stream of the common log, if any."""
        self.state = state or State()
        self.group = ProcessGroup(self.state.logs, echo=echo)
        # Both are set inside another `servers`, and by those who keep the two logins apart themselves.
        self._given_app_url = os.environ.get("DATABASE_URL", "") if os.environ.get("DATABASE_OWNER_URL") else ""
        self.owner_url = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL", "")
        self._is_callers = bool(self.owner_url)
        self.redis_url = os.environ.get("REDIS_URL", "")
        self._fast = fast
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        if self.owner_url:
            check_database(self.owner_url)
        if self.redis_url:
            check_broker(self.redis_url)
        try:
            self._start()
        except (NotReady, ProcessDied) as error:
            raise CannotStart(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)

    @property
    def app_url(self) -> str:
        """The owner's URL with the app's login, which `manage.py provision` creates with this password."""
        return self._given_app_url or with_login(self.owner_url, APP_LOGIN, self.state.secret(APP_LOGIN))

    def environment(self) -> dict[str, str]:
        """Return the environment for a child: the caller's, the servers' URLs, and every setting left out."""
        secret = self.state.secret
        defaults = {
            "SECRET_KEY": secret("SECRET_KEY", lambda: password() + password()),
            "FIELD_KEYS": secret("FIELD_KEYS", field_keys),
            "DEBUG": "1",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "BASE_URL": "http://127.0.0.1:8000",
            "CLOCK_FILE": str(self.state.clock),
            "STRIPE_SECRET_KEY": "sk_test_" + secret("STRIPE_SECRET_KEY", lambda: secrets.token_hex(16)),
            "STRIPE_PUBLISHABLE_KEY": "pk_test_" + secret("STRIPE_PUBLISHABLE_KEY", lambda: secrets.token_hex(16)),
            "STRIPE_WEBHOOK_SECRETS": "whsec_" + secret("STRIPE_WEBHOOK_SECRETS", lambda: secrets.token_hex(16)),
            "EMAIL_URL": "console:",
        }
        servers = {
            "PYTHONDONTWRITEBYTECODE": "",  # dozens of processes start from the same files: compiled once
            "DATABASE_OWNER_URL": self.owner_url,
            "DATABASE_URL": self.app_url,
            "REDIS_URL": self.redis_url,
        }
        return defaults | dict(os.environ) | servers

    def begin_anew(self) -> None:
        """Empty the database and set the clock to the present. Raises CannotStart for a caller's that is not empty."""
        import psycopg

        self.state.clock.unlink(missing_ok=True)
        if self._is_callers:
            with psycopg.connect(self.owner_url) as connection:
                found = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1").rowcount
            if found:
                raise CannotStart("The database of DATABASE_URL is not empty: the demo begins with an empty one.")
            return
        name = urlsplit(self.owner_url).path.strip("/")
        with psycopg.connect(self.owner_url.removesuffix(name) + "postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')

    def _start(self) -> None:
        """Start what the caller did not give; on failure everything is down again."""
        with ExitStack() as stack:
            postgres = None if self.owner_url else PostgresServer(self.group, self.state, fast=self._fast)
            valkey = None if self.redis_url else Valkey(self.group, self.state)
            if postgres is not None:
                stack.callback(postgres.release)
            stack.enter_context(self.group)
            for server in (valkey, postgres):  # Valkey first: it boots while a first run's initdb works
                if server is not None:
                    server.start()
            self.group.wait_ready()
            if valkey is not None:
                self.redis_url = valkey.url
            if postgres is not None:
                postgres.ensure_owner()
                self.owner_url = postgres.owner_url
            self._cleanup = stack.pop_all()


def with_login(url: str, user: str, secret: str) -> str:
    """Return `url` with another user and password, neither needing quotes; all else in it stays."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{secret}@{place}"))


def check_database(url: str) -> None:
    """Raise CannotStart unless DATABASE_URL is well formed and its server lets us in."""
    shape = "postgres://user:password@host:port/name"
    place, name = _parsed("DATABASE_URL", url, ("postgres", "postgresql"), shape)
    if not name:
        raise CannotStart(f"DATABASE_URL names no database: it has to look like {shape}.")
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.ProgrammingError as error:  # libpq could not read it, and quotes the part with the password
        raise CannotStart(f"DATABASE_URL is not a valid URL: it has to look like {shape}.") from error
    except psycopg.Error as error:
        raise CannotStart(f"The database at {place} (DATABASE_URL) cannot be used: {_line(error)}.") from error


def check_broker(url: str) -> None:
    """Raise CannotStart unless REDIS_URL is well formed and its server answers."""
    place, _ = _parsed("REDIS_URL", url, ("redis", "rediss"), "redis://:password@host:port/0")
    import redis

    limits = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    try:
        with redis.Redis.from_url(url, **limits) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotStart(f"The broker at {place} (REDIS_URL) cannot be used: {_line(error)}.") from error


def _parsed(setting: str, url: str, schemes: tuple[str, ...], shape: str) -> tuple[str, str]:
    """Return host:port and the path of a URL, which is never shown itself: it holds a password."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in schemes and parts.hostname:
            place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
            return place, parts.path.strip("/")
    raise CannotStart(f"{setting} is not a valid URL: it has to look like {shape}.")


def _line(error: BaseException) -> str:
    """An error's message on one line, without its full stop."""
    return " ".join(str(error).split()).rstrip(".")
