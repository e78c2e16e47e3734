"""Ports."""

import socket

import pytest

from config.local.failures import CannotStart
from config.local.ports import LOOPBACK, free_ports, required_port


def test_free_ports_differ() -> None:
    assert len(set(free_ports(50))) == 50


def test_a_free_port_may_be_required() -> None:
    [port] = free_ports(1)
    assert required_port(str(port), "PORT") == port


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"^Port {port} cannot be used .*or set PORT to another port\.$"):
            required_port(str(port), "PORT")


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "", "80.5", "²"])
def test_what_is_no_port_number_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="PORT must be a port number from 1 to 65535"):
        required_port(text, "PORT")
