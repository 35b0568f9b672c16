#!/usr/bin/env python3
"""Asserts what an image and docker-compose.yml have to say.

    check.py IMAGE.json docker-compose.yml

IMAGE.json is what `buildah inspect --type image` prints. Exit status: 0 when all holds, 1 otherwise.
"""

import json
import pathlib
import re
import sys

import yaml


def nanoseconds(text):
    """A duration of a Compose file, such as `2s` or `500ms`, as an image has it."""
    number, unit = re.fullmatch(r"(\d+)(s|ms)", text).groups()
    return int(number) * {"s": 1_000_000_000, "ms": 1_000_000}[unit]


def main(image_path, compose_path):
    config = json.loads(pathlib.Path(image_path).read_text(encoding="utf-8"))["Docker"]["config"]
    services = yaml.safe_load(pathlib.Path(compose_path).read_text(encoding="utf-8"))["services"]
    service = services["tenant"]
    in_image = config["Healthcheck"]
    in_compose = service["healthcheck"]
    label = "org.opencontainers.image."
    claims = {
        "image: runs as user 65532": config["User"] == "65532:65532",
        "image: starts the binary": config["Entrypoint"] == ["/mock-qlik-cloud"] and not config.get("Cmd"),
        "image: exposes port 7545 and no other": list(config["ExposedPorts"]) == ["7545/tcp"],
        "image: listens on every interface": "MOCK_QLIK_HOST=0.0.0.0" in config["Env"],
        "image: probes by its own verb": in_image["Test"] == ["CMD", "/mock-qlik-cloud", "healthcheck"],
        "image: probes well within a second of the start": in_image["Interval"] <= nanoseconds("500ms"),
        "image: is labelled": {label + "title", label + "description", label + "licenses"} <= set(config["Labels"]),
        "compose: has one service": len(services) == 1,
        "compose: builds from the Dockerfile": service["build"] == "." and pathlib.Path("Dockerfile").is_file(),
        "compose: publishes on loopback only": service["ports"] == ["127.0.0.1:7545:7545"],
        "compose: the root file system is read-only": service["read_only"] is True,
        "compose: drops every capability": service["cap_drop"] == ["ALL"],
        "compose: no new privileges": service["security_opt"] == ["no-new-privileges:true"],
        "compose: probes as the image does": in_image
        == {
            "Test": in_compose["test"],
            "Interval": nanoseconds(in_compose["interval"]),
            "Timeout": nanoseconds(in_compose["timeout"]),
            "StartPeriod": nanoseconds(in_compose["start_period"]),
            "Retries": in_compose["retries"],
        },
    }
    for claim, holds in claims.items():
        print(f"{'passed' if holds else 'FAILED'}: {claim}")
    return 0 if all(claims.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
