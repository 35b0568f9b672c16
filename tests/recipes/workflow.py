"""Runs what examples/github-actions/tests.yml runs, as far as it goes without GitHub: its steps, in their order and
with their variables, against a running emulator, and holds its service against the image's own settings.

    python workflow.py URL
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
workflow = yaml.safe_load((ROOT / "examples/github-actions/tests.yml").read_text())
job = workflow["jobs"]["test"]
service = job["services"]["qlik"]
dockerfile = (ROOT / "Dockerfile").read_text()

exposed = re.search(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)[1]
probe = json.loads(re.search(r"^HEALTHCHECK (?:.|\\\n)*?CMD (\[.*\])$", dockerfile, re.MULTILINE)[1])
assert service["ports"] == [f"{exposed}:{exposed}"], service["ports"]
assert f'--health-cmd "{" ".join(probe)}"' in service["options"], service["options"]
assert job["env"]["QLIK_URL"].endswith(f":{exposed}"), job["env"]

with tempfile.TemporaryDirectory() as scratch:
    github = Path(scratch, "env")
    github.touch()
    # Named as the workflow has it; only the port is another.
    variables = {**os.environ, **job["env"], "QLIK_URL": sys.argv[1], "GITHUB_ENV": str(github)}
    scripts = [step for step in job["steps"] if "run" in step]
    for step in scripts:
        kept = dict(line.split("=", 1) for line in github.read_text().splitlines())
        # As GitHub runs a step.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, env=variables | kept, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{step['name']}: {done.stderr}"
    assert json.loads(done.stdout)["email"] == "developer@example.com", done.stdout
print(f"{len(scripts)} steps of the workflow ran")
