"""Keeps the tenant such that the requests of Schemathesis mean something, and sends them as one of its people.

`MOCK_QLIK_URL` is the emulator, `MOCK_QLIK_ROLE` who sends: see `ROLES`.
"""

import json
import os
import urllib.request
from pathlib import Path

import schemathesis

URL = os.environ["MOCK_QLIK_URL"]
ROLE = os.environ["MOCK_QLIK_ROLE"]
SEED = json.loads((Path(__file__).parents[1] / "it/support/actors.json").read_text())

# A tenant that was changed this often has little left that is worth asking for.
REQUESTS_OF_A_TENANT = 500


def key(subject: str) -> dict:
    """The header of the API key that the seed gives to a user."""
    user = next(user["id"] for user in SEED["users"] if user["subject"] == subject)
    token = next(key["token"] for key in SEED["apiKeys"] if key["sub"] == user)
    return {"Authorization": f"Bearer {token}"}


def session(subject: str) -> dict:
    """The headers of a new session."""
    made = control("/_mock/tokens", {"user": subject, "kind": "session"})
    return {"Cookie": made["cookie"], "qlik-csrf-token": made["csrfToken"]}


ROLES = {
    "admin": lambda: key("admin"),
    "developer": lambda: key("developer"),
    # Nobody without a role holds a key that opens anything; a session is what such a user has.
    "user": lambda: session("viewer"),
    "nobody": dict,
}


def control(path: str, body: dict | None = None):
    """Asks the control API."""
    request = urllib.request.Request(
        URL + path, data=json.dumps(body or {}).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Tenant:
    """The tenant, and how often it was asked for something since it was as the seed has it."""

    def __init__(self):
        self.requests = REQUESTS_OF_A_TENANT
        self.credential = {}

    def headers(self) -> dict:
        """The credential. Whatever was done to the tenant, it is good."""
        if self.requests >= REQUESTS_OF_A_TENANT:
            control("/_mock/reset")
            self.credential = ROLES[ROLE]()
            self.requests = 0
        self.requests += 1
        return self.credential

    def note(self, status: int, path: str):
        """Begins anew once the credential opens nothing any more: it was deleted, or the tenant deactivated."""
        if status == 401 and ROLE != "nobody" and not path.startswith(("/oauth", "/login")):
            self.requests = REQUESTS_OF_A_TENANT


tenant = Tenant()

# A list of fields leaves the others out, those that the schema requires included: the contract has no word for that.
# So they are asked for as well, whatever else is.
REQUIRED_FIELDS = "id,subject,name,tenantId"


def with_required_fields(fields) -> list:
    """The value of `fields` with the required ones; of several values the first counts."""
    first, *others = fields if isinstance(fields, list) and fields else [fields]
    return [f"{first},{REQUIRED_FIELDS}", *others]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sends the credential, and takes a redirect for the answer that it is."""
    case.headers = {**(case.headers or {}), **tenant.headers()}
    if isinstance(case.query, dict) and "fields" in case.query:
        case.query["fields"] = with_required_fields(case.query["fields"])
    kwargs["allow_redirects"] = False


@schemathesis.hook
def after_call(context, case, response):
    """Looks whether the credential is still good."""
    tenant.note(response.status_code, case.formatted_path)
