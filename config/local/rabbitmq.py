"""RabbitMQ for one run, where its package is installed: own data, free loopback ports, a password, no plugins."""

import os
import shutil
import socket
from pathlib import Path

from config.local.account import unprivileged
from config.local.ports import LOOPBACK, free_ports
from config.local.processes import ProcessGroup

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's; the one in PATH changes to an account of its own
ANSWER_SECONDS = 1.0
USER = "benefit"


def find_rabbitmq() -> Path | None:
    """Return the program, None where Debian's package `rabbitmq-server` is not installed."""
    return PROGRAM if PROGRAM.exists() else None


class RabbitMQ:
    """One RabbitMQ node, run by a process group; `home` is a folder that everybody may enter.

    Erlang's port mapper (epmd) is its own too, and ends with it.
    """

    def __init__(self, group: ProcessGroup, home: Path, *, password: str) -> None:
        self._group, self._home, self._password = group, home, password
        self.port, self._nodes_port, self._mappers_port = free_ports(3)

    @property
    def url(self) -> str:
        """`amqp://benefit:password@127.0.0.1:port//`."""
        return f"amqp://{USER}:{self._password}@{LOOPBACK}:{self.port}//"

    def start(self) -> None:
        """Start an empty node and return at once; the group's `wait_ready` waits for it. It may be killed."""
        account = unprivileged()
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(mode=0o700)
        (self._home / "rabbitmq.conf").write_text(self._configuration())
        (self._home / "plugins").write_text("[].")
        if account is not None:
            for path in (self._home, *self._home.iterdir()):
                os.chown(path, account.uid, account.gid)
        user = (account.uid, account.gid) if account else None
        self._group.start(
            "rabbitmq", [str(PROGRAM)], self._environment(), ready=self.answers, user=user, cwd=self._home, once=True
        )

    def answers(self) -> bool:
        """Whether the node speaks AMQP: it answers another protocol's header with its own."""
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_SECONDS) as connection:
                connection.sendall(b"AMQP\x00\x00\x00\x00")
                return connection.recv(4) == b"AMQP"
        except OSError:
            return False

    def _configuration(self) -> str:
        return "\n".join([
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}", "loopback_users = none",
            f"default_user = {USER}", f"default_pass = {self._password}",
            "log.console = true", "log.console.level = warning", "log.file = false",
        ])  # fmt: skip

    def _environment(self) -> dict[str, str]:
        """Every path and port that Debian's defaults would share with another node; the cookie lies in HOME."""
        folder = str(self._home)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": folder,
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_NODENAME": f"benefit-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._nodes_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._mappers_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
        }
