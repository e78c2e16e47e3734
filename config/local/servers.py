"""PostgreSQL and Valkey, ours or the caller's, and the environment that tells a child process of them."""

import os
from contextlib import ExitStack
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
ATTEMPTS = 3
DATABASE_SCHEMES, BROKER_SCHEMES = ("postgres", "postgresql"), ("redis", "rediss")


class Servers:
    """Both servers, as a context manager.

    `DATABASE_URL` and `REDIS_URL` in the caller's environment are used instead of a server of our own, after they
    were seen to answer. Entering raises CannotStart.
    """

    def __init__(self, *, state: State | None = None, fast: bool = False, echo: TextIO | None = None) -> None:
        """`fast` gives up durability (for tests); `echo` is the stream of the common log (none by default)."""
        self.state = state or State()
        self.group = ProcessGroup(self.state.logs, echo=echo)
        self.owner_url = os.environ.get("DATABASE_URL", "")
        self.redis_url = os.environ.get("REDIS_URL", "")
        self._fast = fast
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        if self.owner_url:
            check_database(self.owner_url)
        if self.redis_url:
            check_broker(self.redis_url)
        with ExitStack() as stack:
            postgres = None if self.owner_url else PostgresServer(self.group, self.state, fast=self._fast)
            valkey = None if self.redis_url else Valkey(self.group, self.state)
            if postgres is not None:
                stack.callback(postgres.release)
            stack.enter_context(self.group)
            self._start(postgres, valkey)
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)

    @property
    def app_url(self) -> str:
        """The owner's URL with the app's own login, which `manage.py provision` creates with this password."""
        return with_login(self.owner_url, APP_LOGIN, self.state.secret(APP_LOGIN))

    def environment(self) -> dict[str, str]:
        """Return the environment for a child: the caller's, the servers' URLs, and every setting he left out."""
        secret = self.state.secret
        defaults = {
            "SECRET_KEY": secret("SECRET_KEY", lambda: password() + password()),
            "FIELD_KEYS": secret("FIELD_KEYS", field_keys),
            "DEBUG": "1",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "BASE_URL": "http://127.0.0.1:8000",
            "CLOCK_FILE": str(self.state.clock),
        }
        servers = {
            "DATABASE_OWNER_URL": self.owner_url,
            "DATABASE_URL": self.app_url,
            "REDIS_URL": self.redis_url,
        }
        return defaults | dict(os.environ) | servers

    def _start(self, postgres: PostgresServer | None, valkey: Valkey | None) -> None:
        # First, because a first run's initdb then gives it all the time it needs.
        if valkey is not None:
            valkey.start()
            self.redis_url = valkey.url
        if postgres is not None:
            postgres.start()
        try:
            self.group.wait_ready()
        except (NotReady, ProcessDied) as error:
            raise CannotStart(str(error)) from error
        if postgres is not None:
            postgres.ensure_owner()
            self.owner_url = postgres.owner_url


def with_login(url: str, user: str, secret: str) -> str:
    """Return `url` with another user and password (neither needing quotes); host, port, path and query stay."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{secret}@{place}"))


def check_database(url: str) -> None:
    """Raise CannotStart unless DATABASE_URL is well formed and its server lets us in."""
    place = _checked_place("DATABASE_URL", url, DATABASE_SCHEMES)
    if not urlsplit(url).path.strip("/"):
        raise CannotStart(
            "DATABASE_URL names no database: it has to look like postgres://user:password@host:port/name."
        )
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        raise CannotStart(
            f"The database at {place} (DATABASE_URL) cannot be used: {_one_line(error)}."
        ) from error


def check_broker(url: str) -> None:
    """Raise CannotStart unless REDIS_URL is well formed and its server answers."""
    place = _checked_place("REDIS_URL", url, BROKER_SCHEMES)
    import redis

    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotStart(f"The broker at {place} (REDIS_URL) cannot be used: {_one_line(error)}.") from error


def _checked_place(setting: str, url: str, schemes: tuple[str, ...]) -> str:
    """Return host:port of a well-formed URL. The URL itself is never shown: it holds a password."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise CannotStart(f"{setting} is not a valid URL: {_one_line(error)}.") from error
    if parts.scheme not in schemes or not host:
        raise CannotStart(
            f"{setting} is not a valid URL: it has to look like {schemes[0]}://user:password@host:port/name."
        )
    return f"{host}:{port}" if port else host


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
