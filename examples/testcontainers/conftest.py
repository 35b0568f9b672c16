"""A fixture that runs mock-qlik-cloud in a container, with the generic container of testcontainers.

The same three facts serve every other language: the port 7545, the path /health that answers 200 when the tenant is
ready, and no need for anything else. Build the image with `docker build -t mock-qlik-cloud .`, or name another one in
MOCK_QLIK_IMAGE.
"""

import os

import pytest
import requests
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

PORT = 7545


def container():
    """The emulator, not started yet."""
    image = os.environ.get("MOCK_QLIK_IMAGE", "mock-qlik-cloud")
    return DockerContainer(image).with_exposed_ports(PORT).waiting_for(HttpWaitStrategy(PORT, "/health"))


@pytest.fixture(scope="session")
def emulator():
    """The address of the emulator."""
    with container() as started:
        yield f"http://{started.get_container_host_ip()}:{started.get_exposed_port(PORT)}"


@pytest.fixture
def tenant(emulator):
    """A new tenant: its id, and an admin and a developer with keys."""
    created = requests.post(f"{emulator}/_mock/tenants", timeout=30)
    created.raise_for_status()
    yield created.json()
    requests.delete(f"{emulator}/_mock/tenants/{created.json()['name']}", timeout=30)
