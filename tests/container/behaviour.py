#!/usr/bin/env python3
"""Asserts how the program of an image starts, runs and ends as process 1 of a confined container.

    behaviour.py ROOT TOKEN    ROOT is the image's file system, TOKEN the token of a key in the seed `ready`

Prints a figure for each claim that has one. Exit status: 0 when all holds, 1 otherwise.
"""

import asyncio
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

PORT = 7545
START = 1.0  # seconds until it is healthy
END = 0.050  # seconds from the signal to the end without anything to do
GRACE = 5.0  # seconds that answers under way have
ROUNDS = 5
CLIENTS = 16
# How long after its last request a client may send the next one and be sure of an answer, although the server was told
# to stop in between. The server waits a little longer.
WITHOUT_PAUSE = 0.010

failures = 0


def claim(text, holds):
    global failures
    failures += not holds
    print(f"{'passed' if holds else 'FAILED'}: {text}", flush=True)


class Server:
    """The program, confined, from the moment it answers its own health check."""

    def __init__(self, root):
        confined = pathlib.Path(__file__).with_name("confined.py")
        begun = time.monotonic()
        self.unshare = subprocess.Popen(
            ["unshare", "--pid", "--mount", "--fork"]
            + [sys.executable, confined, root, "/mock-qlik-cloud", "--seed", "ready"],
            env={"MOCK_QLIK_HOST": "0.0.0.0"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        probe = [f"{root}/mock-qlik-cloud", "healthcheck"]
        while subprocess.run(probe, env={}, capture_output=True, check=False).returncode != 0:
            if self.unshare.poll() is not None or time.monotonic() - begun > 10:
                sys.exit(f"FAILED: it does not become healthy\n{self.end()}")
        self.start = time.monotonic() - begun
        self.process = self.first_process()

    def first_process(self):
        """The first process of the namespace, seen from here; None if it has ended."""
        try:
            children = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children").read_text("ascii")
        except FileNotFoundError:
            return None
        return pathlib.Path("/proc", children.strip()) if children else None

    def end(self):
        """Kills it if it still runs; returns what it has written to its log."""
        # What `unshare` would send at its own end is not sent to a process that has become another user.
        if self.first_process():
            self.tell(signal.SIGKILL)
        return self.unshare.communicate()[1].decode()

    def tell(self, number):
        os.kill(int(self.first_process().name), number)

    def wait(self):
        """Waits for the end; returns the exit code."""
        try:
            return self.unshare.wait(timeout=2 * GRACE)
        except subprocess.TimeoutExpired:
            return None


def confinement(server):
    status = dict(line.split(":\t", 1) for line in (server.process / "status").read_text("ascii").splitlines())
    mounts = [line.split() for line in (server.process / "mountinfo").read_text("utf-8").splitlines()]
    root = [fields[5].split(",") for fields in mounts if fields[4] == "/"]
    claim("it is process 1", status["NSpid"].split()[-1] == "1")
    claim("it runs as user 65532", status["Uid"].split() == ["65532"] * 4 and status["Gid"].split() == ["65532"] * 4)
    claim("it is in no other group", not status["Groups"].split())
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    claim("it has no capability and can get none", all(int(status[name], 16) == 0 for name in sets))
    claim("it can gain no privilege", status["NoNewPrivs"] == "1")
    claim("its root is read-only", bool(root) and all("ro" in options for options in root))


def stopped_when_idle(root, name):
    starts, ends, codes = [], [], []
    for _ in range(ROUNDS):
        server = Server(root)
        starts.append(server.start)
        begun = time.monotonic()
        server.tell(getattr(signal, name))
        codes.append(server.wait())
        ends.append(time.monotonic() - begun)
        server.end()
    show = lambda times: ", ".join(f"{1000 * seconds:.0f}" for seconds in times)
    claim(f"it is healthy within {1000 * START:.0f} ms: {show(starts)} ms", max(starts) <= START)
    claim(f"{name} ends it with 0 when idle", codes == [0] * ROUNDS)
    claim(
        f"{name} ends it within {1000 * END:.0f} ms when idle, in the median of {ROUNDS}: {show(ends)} ms",
        statistics.median(ends) <= END,
    )


class Load:
    """What clients meet that ask on one connection each, one request after the other, until they are sent away."""

    def __init__(self, token):
        self.request = f"GET /api/v1/users HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self.whole = 0
        self.dismissed = 0
        self.faults = []

    async def client(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        last_sent = time.monotonic()
        while True:
            paused = time.monotonic() - last_sent > WITHOUT_PAUSE
            last_sent = time.monotonic()
            head = b""
            try:
                writer.write(self.request.encode())
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
                body = await reader.readexactly(int(fields["content-length"]))
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                cut = head or getattr(error, "partial", b"")
                if cut or not paused:
                    self.faults.append(f"{error!r} after {cut!r}")
                break
            if not (lines[0].startswith("HTTP/1.1 200 ") and body.endswith(b"}")):
                self.faults.append(lines[0])
                break
            self.whole += 1
            if fields.get("connection") == "close":
                self.dismissed += 1
                break
        writer.close()

    async def run(self, server, number):
        """Loads the server, tells it to stop in the middle, and waits for all clients. Returns when it was told."""
        clients = [asyncio.create_task(self.client()) for _ in range(CLIENTS)]
        while self.whole < 100 * CLIENTS and not self.faults:
            await asyncio.sleep(0)
        server.tell(number)
        told = time.monotonic()
        await asyncio.gather(*clients)
        return told


def stopped_under_load(root, token, name):
    server = Server(root)
    load = Load(token)
    told = asyncio.run(load.run(server, getattr(signal, name)))
    code = server.wait()
    took = time.monotonic() - told
    log = server.end()
    claim(
        f"{name} under load cuts no answer: {load.whole} whole, {load.dismissed} of {CLIENTS} clients sent away by one",
        not load.faults,
    )
    for fault in load.faults:
        print(f"    {fault}")
    claim(f"{name} under load ends it with 0 after {1000 * took:.0f} ms", code == 0 and took <= GRACE)
    claim(f"{name} under load leaves nothing under way", "still under way" not in log)


def main(root, token):
    server = Server(root)
    confinement(server)
    server.end()
    for name in ("SIGTERM", "SIGINT"):
        stopped_when_idle(root, name)
        stopped_under_load(root, token, name)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
