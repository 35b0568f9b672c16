"""What an application of yours may want to know of itself."""

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


def test_a_key_stops_working_when_it_expires(tenant):
    developer = tenant.client(tenant.developer_token)
    body = {"description": "for a day", "expiry": "P1D"}
    key = developer.post(f"{tenant.url}/api/v1/api-keys", json=body).json()
    with_it = tenant.client(key["token"])
    assert with_it.get(f"{tenant.url}/api/v1/users/me").status_code == 200

    tenant.advance("P1DT1S")

    refused = with_it.get(f"{tenant.url}/api/v1/users/me")
    assert refused.status_code == 401
    assert refused.headers["mock-qlik-refusal"] == "key-expired"


def test_every_test_has_a_tenant_of_its_own(tenant):
    admin = tenant.client(tenant.admin_token)
    body = {"subject": "only-here", "name": "Only Here", "status": "active"}
    # A second test of this name, or a second worker, would be told 409 if it met this one.
    assert admin.post(f"{tenant.url}/api/v1/users", json=body).status_code == 201


def test_a_client_that_tries_again_gets_through(tenant):
    fault = tenant.fail(operation="getUsers", status=503, times=2)
    client = tenant.client(tenant.developer_token)
    client.mount(tenant.url, HTTPAdapter(max_retries=Retry(3, status_forcelist=[503])))

    assert client.get(f"{tenant.url}/api/v1/users").status_code == 200

    assert tenant.control("GET", f"/faults/{fault}")["hits"] == 2


class PatientRetry(Retry):
    """Obeys `Retry-After` as urllib3 does, and lets the tenant's time pass instead of its own."""

    tenant = None

    def sleep_for_retry(self, response=None):
        seconds = self.get_retry_after(response)
        if seconds is None:
            return False
        self.tenant.advance(f"PT{int(seconds)}S")
        return True


def test_a_client_that_waits_as_it_is_told_meets_no_limit(tenant):
    # A thousandth of the published 1,000 requests a minute, over windows of five minutes: five requests.
    tenant.control("PUT", "/rate-limits", json={"enabled": True, "scale": 0.001})
    PatientRetry.tenant = tenant
    client = tenant.client(tenant.developer_token)
    client.mount(tenant.url, HTTPAdapter(max_retries=PatientRetry(3, status_forcelist=[429])))

    statuses = [client.get(f"{tenant.url}/api/v1/users").status_code for _ in range(12)]

    assert statuses == [200] * 12
    limited = tenant.control("POST", "/requests/verify", json={"status": "429", "atLeast": 1})
    assert limited["matched"] >= 1


def test_a_reset_connection_is_no_answer(tenant):
    tenant.fail(operation="getUsers", fault="connection-reset", times=1)
    client = tenant.client(tenant.developer_token)
    try:
        client.get(f"{tenant.url}/api/v1/users")
    except requests.exceptions.ConnectionError:
        pass
    else:
        raise AssertionError("the connection was not reset")
    assert client.get(f"{tenant.url}/api/v1/users").status_code == 200
