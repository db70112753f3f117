"""What the commands that serve have in common: a port to listen on, and a log of one line each."""

import ipaddress
import os
import socket
from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from fintech_pipeline.errors import PipelineError

LOOPBACK = "127.0.0.1"
BACKLOG = 512
PORTS = 20
"""How many are tried."""


def serving_options(port: int, per_minute: int) -> Callable[[Callable[..., Any]], Any]:
    """The options of a command that serves: --host, --port, --per-minute, and how it ends.

    Args:
        port: The usual port.
        per_minute: How many requests an address may usually make in a minute.
    """
    options = (
        click.option(
            "--host", default=LOOPBACK, show_default=True, help="The address to listen on."
        ),
        click.option(
            "--port",
            type=click.IntRange(0, 65_535),
            default=port,
            show_default=True,
            help="The port.",
        ),
        click.option(
            "--per-minute",
            type=click.IntRange(1),
            default=per_minute,
            show_default=True,
            help="How many requests a client's address may make in a minute.",
        ),
        click.option(
            "--drain-seconds",
            type=click.FloatRange(0),
            default=0.0,
            show_default=True,
            help="How long to go on after SIGTERM, not ready any more.",
        ),
        click.option(
            "--grace-seconds",
            type=click.IntRange(1),
            default=30,
            show_default=True,
            help="How long requests under way may take at the end.",
        ),
    )
    # Like a stack of decorators: the last one is applied first.
    return lambda command: reduce(lambda given, option: option(given), reversed(options), command)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one.

    Raises:
        PipelineError: The port can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise PipelineError(
            f"Port {port} of {host} can't be had ({why}); choose another with --port."
        ) from None


def free_port(wanted: int | None, first: int, option: str) -> int:
    """A port of this machine that is free just now.

    Args:
        wanted: This one and no other; None is the first that is free.
        first: Where the search begins.
        option: What names another, for the sentence.

    Raises:
        PipelineError: It is in use, or all that were tried are.
    """
    if wanted is not None:
        if not is_free(wanted):
            raise PipelineError(f"Port {wanted} is in use; choose another with {option}.")
        return wanted
    for port in range(first, first + PORTS):
        if is_free(port):
            return port
    last = first + PORTS - 1
    raise PipelineError(f"Ports {first} to {last} are in use; choose one with {option}.")


def is_free(port: int) -> bool:
    """Whether nobody listens on the port of this machine."""
    with socket.socket() as client:
        # Asked too, because some systems let us take a port beside a server on every address.
        client.settimeout(1)
        if client.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def address_of(host: str, listener: socket.socket) -> str:
    """Where it is asked, `http://host:port`."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
