"""One OpenAPI document of every operation that is emulated, from the contract and what counts where it is wrong.

    python3 document.py EDITION URL >document.json

URL is that of a running emulator with the seed tests/it/support/actors.json: it says which operations it has.
`tests/it/support/contract.rs` reads the same files in the same way; only what Schemathesis wants else is done here.
"""

import copy
import json
import re
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "fixtures/contract"
EXCEPTIONS = json.loads((ROOT / "tests/it/contract_exceptions.json").read_text())
SEED = json.loads((ROOT / "tests/it/support/actors.json").read_text())

# What is in the tenant, by the family whose paths name it.
IDS = {
    "api-keys": [key["id"] for key in SEED["apiKeys"]],
    "users": [user["id"] for user in SEED["users"]],
    "roles": [SEED["roles"][1]["id"]],
    "groups": [SEED["groups"][0]["id"], "000000000000000000000001"],
    "tenants": [SEED["tenant"]["id"]],
    "web-integrations": [SEED["webIntegrations"][0]["id"]],
    "csp-origins": [SEED["cspOrigins"][0]["id"]],
    "core/ip-policies": [SEED["ipPolicies"][0]["id"]],
    "identity-providers": [SEED["identityProviders"][0]["id"]],
    "oauth-clients": [client["clientId"] for client in SEED["oauthClients"]],
    "oauth-tokens": [],
}

# Parameters and bodies that are about something: what the contract says of them lets through much that no service takes.
LIKELY = json.loads((ROOT / "tests/schemathesis/likely.json").read_text())
# A certificate is long enough to stand in one place.
OPTIONS = SEED["identityProviders"][0]["options"]
LIKELY["bodies"]["createIdp"] = [
    {"protocol": "jwtAuth", "provider": "external", "options": {**OPTIONS, "issuer": "https://new.example"}}
]


def family_document(family: str, edition: str) -> dict:
    """The document of a family, with the amendments."""
    name = family.removeprefix(".").replace("/", "-") + ".json"
    classic = CONTRACT / "classic" / name
    file = classic if edition == "classic" and classic.exists() else CONTRACT / "openapi" / name
    document = json.loads(file.read_text())
    for amendment in EXCEPTIONS["amendments"]:
        if amendment["family"] == family and edition in amendment["editions"]:
            *parents, last = [step.replace("~1", "/").replace("~0", "~") for step in amendment["at"].split("/")[1:]]
            place = document
            for step in parents:
                place = place[int(step) if isinstance(place, list) else step]
            place[int(last) if isinstance(place, list) else last] = copy.deepcopy(amendment["becomes"])
    return document


def any_of(value):
    """`oneOf` read as `anyOf`, because the alternatives of the contract overlap.

    A `discriminator` goes with it: the published ones have values that are no names of schemas, and no mapping.
    """
    if isinstance(value, list):
        return [any_of(element) for element in value]
    if isinstance(value, dict):
        is_choice = "oneOf" in value or "anyOf" in value
        members = {name: member for name, member in value.items() if not (is_choice and name == "discriminator")}
        return {"anyOf" if name == "oneOf" else name: any_of(member) for name, member in members.items()}
    return value


def excepted(operation: dict, document: dict) -> dict:
    """The responses that the exceptions allow besides those of the contract."""
    responses = {}
    # One that names the operation goes before one for all.
    for wanted in ("*", operation["id"]):
        for exception in EXCEPTIONS["statuses"]:
            if wanted in exception["operations"]:
                has_own = exception.get("familyEnvelope") and "Errors" in document["components"]["schemas"]
                schema = {"$ref": "#/components/schemas/Errors"} if has_own else EXCEPTIONS["edgeEnvelope"]
                responses[str(exception["status"])] = {"content": {"application/json": {"schema": schema}}}
    # A defect is what this looks for, and everything here is emulated.
    for status in ("500", "501"):
        responses.pop(status, None)
    return responses


def or_default(response: dict, default: dict | None) -> dict:
    """What the contract has for all other statuses stays allowed beside an exception for one of them."""
    if default is None:
        return response
    both = [of["content"]["application/json"]["schema"] for of in (response, default)]
    return {"content": {"application/json": {"schema": {"anyOf": both}}}}


def or_likely(schema: dict, likely: list) -> dict:
    """The schema, by which one of the likely values is made as often as any other."""
    return {"anyOf": [{"enum": likely}, schema]} if likely else schema


def completed(published: dict, operation: dict, document: dict) -> dict:
    """An operation with everything that Schemathesis wants to know of it."""
    published = copy.deepcopy(published)
    published["operationId"] = operation["id"]
    responses = published["responses"]
    responses.pop("500", None)
    for status, response in excepted(operation, document).items():
        if status not in responses:
            responses[status] = or_default(response, responses.get("default"))
    for status, response in responses.items():
        if "$ref" not in response:
            response.setdefault("description", "")
        # HTTP does not allow a body there, whatever the contract has.
        if status == "204":
            response.pop("content", None)
    for parameter in published.get("parameters", []):
        if "$ref" in parameter:
            parameter |= document["components"]["parameters"][parameter.pop("$ref").rsplit("/", 1)[1]]
        likely = LIKELY["parameters"].get(parameter["name"], [])
        if parameter["in"] == "path":
            likely = likely or IDS.get(operation["family"], [])
        parameter["schema"] = or_likely(parameter["schema"], likely)
    for content in published.get("requestBody", {}).get("content", {}).values():
        content["schema"] = or_likely(content.get("schema", {}), LIKELY["bodies"].get(operation["id"], []))
    return published


def merged(operations: list, edition: str) -> dict:
    """All operations in one document. What families call alike is told apart by the family's name."""
    whole = {
        "openapi": "3.0.3",
        "info": {"title": "What mock-qlik-cloud emulates", "version": "1"},
        "paths": {},
        "components": {},
    }
    for family in sorted({operation["family"] for operation in operations}):
        document = family_document(family, edition)
        prefix = family.replace("/", "-")
        text = {"components": document.get("components", {}), "paths": {}}
        text["components"].setdefault("schemas", {})
        for operation in operations:
            if operation["family"] == family:
                published = document["paths"][operation["path"]][operation["method"].lower()]
                path = text["paths"].setdefault(operation["path"], {})
                path[operation["method"].lower()] = completed(published, operation, text)
        renamed = re.sub(r'"#/components/(\w+)/', rf'"#/components/\1/{prefix}.', json.dumps(any_of(text)))
        family_part = json.loads(renamed)
        whole["paths"].update(family_part["paths"])
        for section, named in family_part["components"].items():
            of_all = whole["components"].setdefault(section, {})
            of_all.update({f"{prefix}.{name}": value for name, value in named.items()})
    return whole


def main():
    edition, url = sys.argv[1:]
    with urllib.request.urlopen(f"{url}/_mock/coverage?list=untouched") as answer:
        operations = json.load(answer)["operations"]
    json.dump(merged(operations, edition), sys.stdout)


main()
