"""The load client: one blocking connection for latencies; wrk, or plain sockets in threads, for throughput."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

_IDLE = 2.0


@dataclass(slots=True)
class Target:
    """Whom to ask, and what: a whole HTTP request, made once."""

    port: int
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"

    @property
    def request(self) -> bytes:
        """The request's bytes."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Content-Length: {len(self.body)}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class Connection:
    """A connection that is kept open. It reads answers with a length, or in chunks, and copies as little as it can."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        port = self._port
        self._used = time.perf_counter()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._socket.makefile("rb", buffering=1 << 18)

    def freshen(self) -> None:
        """Open it anew where it has been idle for so long that the server may close it (after five seconds, mostly)."""
        if time.perf_counter() - self._used > _IDLE:
            self.close()
            self._open()

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of the answer."""
        self._socket.sendall(request)
        status = int(self._read.readline().split()[1])
        headers = {}
        while (line := self._read.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if status == 304:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._read.read(int(headers["content-length"]))
        self._used = time.perf_counter()
        return status, headers, body

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._read.readline().split(b";")[0], 16):
            parts.append(self._read.read(size))
            self._read.readline()
        self._read.readline()
        return b"".join(parts)

    def close(self) -> None:
        """Close it."""
        self._read.close()
        self._socket.close()


def milliseconds(connection: Connection, request: bytes) -> float:
    """How long one answer takes, to its last byte."""
    connection.freshen()
    began = time.perf_counter()
    status, _, _ = connection.ask(request)
    taken = (time.perf_counter() - began) * 1000
    if status not in {200, 304}:
        raise RuntimeError(f"answered {status}")
    return taken


def throughput(target: Target, clients: int, seconds: float) -> float:
    """Answers a second, with so many clients that each ask again as soon as they are answered."""
    if shutil.which("wrk"):
        return _by_wrk(target, clients, seconds)
    return _by_threads(target, clients, seconds)


def _by_wrk(target: Target, clients: int, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "body.json")
        body.write_bytes(target.body)
        lines = [
            f'wrk.method = "{target.method}"',
            f'local f = io.open({json.dumps(str(body))}, "rb"); wrk.body = f:read("*a"); f:close()',
            *(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in target.headers.items()),
        ]
        script = Path(folder, "ask.lua")
        script.write_text("\n".join(lines), "utf-8")
        url = f"http://127.0.0.1:{target.port}{target.path}"
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "60s",
            "-s",
            str(script),
            url,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"wrk: {done.stderr or done.stdout}")
    said = done.stdout
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
        raise RuntimeError(f"{refused[1]} answers were refusals")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"wrk said: {said}")
    return float(found[1])


def _by_threads(target: Target, clients: int, seconds: float) -> float:
    """Without wrk: threads that wait in the kernel most of the time. They cost more of the machine than wrk does."""
    answered = [0] * clients
    until = time.perf_counter() + seconds
    request = target.request

    def work(number: int) -> None:
        connection = Connection(target.port)
        while time.perf_counter() < until:
            connection.ask(request)
            answered[number] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / (time.perf_counter() - began)
