"""A worker that tells its process id to whoever connects: run as a program, two of them on the port that is given."""

import os
import socket
import sys

from app.worker_processes import run_workers


def work(listening: socket.socket) -> None:
    """Answer until the process is ended."""
    while True:
        caller, _ = listening.accept()
        with caller:
            caller.sendall(str(os.getpid()).encode())


if __name__ == "__main__":
    run_workers(work, 2, "127.0.0.1", int(sys.argv[1]))
