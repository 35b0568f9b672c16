"""What compare and growth have in common: servers as processes, wrk, and what the figures were measured on."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def stop(message, status=1):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """A server process, from before its start until it is ended."""

    def __init__(self, command):
        self.port = free_port()
        arguments = [str(word).replace("PORT", str(self.port)) for word in command]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_QLIK_")}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        self.start = self._until_first_200() - began

    def _until_first_200(self):
        request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while True:
            if self.process.poll() is not None:
                stop(f"{self.process.args} ended with {self.process.returncode} before it was ready")
            try:
                with socket.create_connection(("127.0.0.1", self.port)) as connection:
                    connection.sendall(request)
                    if connection.recv(64).startswith(b"HTTP/1.1 200"):
                        return time.perf_counter()
            except OSError:
                pass

    def resident(self, what="VmRSS"):
        """Resident memory in megabytes (10⁶ bytes): now, or the most so far (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024 / 1e6

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, method, path, headers=None, body=None):
        """The body of an answer; anything but success ends the run."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            stop(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return content

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wrk(server, path, connections, seconds, headers, script=None):
    """One run: requests a second, p50 and p99 in milliseconds."""
    command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", script]
    address = f"http://127.0.0.1:{server.port}{path}"
    printed = subprocess.run([*command, address], capture_output=True, text=True, check=False)
    report = printed.stdout
    if printed.returncode or "Non-2xx" in report or "Socket errors" in report:
        stop(f"wrk {path} at {connections}:\n{report}{printed.stderr}")

    def latency(percent):
        number, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", report, re.MULTILINE).groups()
        return float(number) * UNITS[unit]

    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1]),
        "p50": latency(50),
        "p99": latency(99),
        "requests": int(re.search(r"(\d+) requests in", report)[1]),
    }


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def machine():
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1e6
    return f"{model[1] if model else os.uname().machine}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {os.uname().release}"


def commit():
    changed = " with changes" if output("git", "status", "--porcelain", "--untracked-files=no") else ""
    return output("git", "rev-parse", "--short=12", "HEAD") + changed


def built():
    """The folder with the release binaries, up to date."""
    if not shutil.which("wrk"):
        stop("wrk is missing: apt-get install wrk, or https://github.com/wg/wrk", 2)
    if not Path("/proc/self/status").exists():
        stop("memory and processor time are read from /proc: run it on Linux", 2)
    subprocess.run(["cargo", "build", "--release", "--locked", "--workspace"], check=True, cwd=ROOT)
    return Path(json.loads(output("cargo", "metadata", "--format-version=1", "--no-deps"))["target_directory"]) / "release"


def print_table(head, rows):
    print(f"| {' | '.join(head)} |")
    print(f"|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
