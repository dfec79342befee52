"""Ports that we listen on: bound, or refused in one clear line."""

import errno
import socket

from dynaris.core.errors import StartupError


def bound_socket(host: str, port: int, option: str) -> socket.socket:
    """`option` names how a person chooses another one."""
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        what = "is in use" if in_use else f"cannot be used ({errno.errorcode.get(error.errno or 0, error)})"
        raise StartupError(f"port {port} on {host} {what}; choose another with {option}") from error


def free_port(host: str, preferred: int = 0) -> int:
    """The preferred one, if it is."""
    try:
        with socket.create_server((host, preferred)) as probe:
            return probe.getsockname()[1]
    except OSError:
        if not preferred:
            raise
        return free_port(host)
