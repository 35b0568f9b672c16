"""Fixtures for tests against mock-qlik-cloud: one process a run, one tenant a test.

Copy this file beside your tests. It needs pytest and requests, and the program: in MOCK_QLIK_BIN, or on the PATH.
"""

import os
import subprocess

import pytest
import requests


class Tenant:
    """A tenant of a test's own. Nothing that is done in it is seen by another test."""

    def __init__(self, emulator, created):
        self._control = f"{emulator}/_mock"
        self._name = created["name"]
        self.id = created["id"]
        # The key alone leads to the tenant, so the address is the same for all of them.
        self.url = emulator
        self.admin_token = created["admin"]["token"]
        self.developer_token = created["developer"]["token"]

    def control(self, method, path, **options):
        """Sends a request to the control API of this tenant; `json=` is its body."""
        answer = requests.request(
            method, f"{self._control}{path}", params={"tenant": self._name}, timeout=30, **options
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def advance(self, duration):
        """Moves the tenant's clock by an ISO 8601 duration, such as `P1D`."""
        self.control("PUT", "/clock", json={"advance": duration})

    def fail(self, **fault):
        """Lets requests fail: `operation="getUsers", status=503, times=2`. Returns the fault's id."""
        return self.control("POST", "/faults", json=fault)["id"]

    def client(self, token):
        """A session of requests that sends this key."""
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token}"
        return session


@pytest.fixture(scope="session")
def emulator():
    """The address of an emulator that runs as long as the tests do. Port 0 takes a free one."""
    program = os.environ.get("MOCK_QLIK_BIN", "mock-qlik-cloud")
    command = [program, "--port", "0", "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        # The program prints one line, when it is ready.
        ready = process.stdout.readline()
        if not ready.startswith("Ready. "):
            pytest.fail(f"{program} did not start: it ended with status {process.wait()}")
        yield ready.split()[1]
        process.terminate()


@pytest.fixture
def tenant(emulator):
    """A new tenant, with an admin and a developer who have keys."""
    created = requests.post(f"{emulator}/_mock/tenants", timeout=30)
    created.raise_for_status()
    tenant = Tenant(emulator, created.json())
    yield tenant
    requests.delete(f"{emulator}/_mock/tenants/{tenant.id}", timeout=30).raise_for_status()
