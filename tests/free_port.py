"""A port of this machine that nobody listens on; standard library only, for the bench's peers as well."""

import socket


def free_port() -> int:
    """Return the number of a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
