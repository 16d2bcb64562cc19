"""Reads a stream with runpod-python's client."""

import json
import os
import sys

import runpod

runpod.api_key = os.environ["RUNPOD_API_KEY"]

job = runpod.Endpoint(sys.argv[1]).run({"input": {"count": 5}})
print(json.dumps([chunk for chunk in job.stream()]))
print(json.dumps(job.output(timeout=30)))
