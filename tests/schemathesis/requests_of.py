"""How many requests for published operations an emulator has counted, and what came of them: `python3 requests_of.py URL`."""

import collections
import json
import sys
import urllib.request

with urllib.request.urlopen(f"{sys.argv[1]}/_mock/coverage?list=touched") as answer:
    coverage = json.load(answer)
answers = collections.Counter()
for operation in coverage["operations"]:
    answers.update(operation["answers"])
of_each = ", ".join(f"{count} {name}" for name, count in sorted(answers.items()))
print(f"{coverage['requests']} requests for {coverage['touched']} operations ({of_each})")
