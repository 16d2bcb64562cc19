"""Steps of runpod-python's client, each as a line of JSON: `client.py <endpoint>` against the platform in RUNPOD_ENDPOINT_BASE_URL."""

import json
import os
import sys

import runpod

runpod.api_key = os.environ["RUNPOD_API_KEY"]

endpoint = runpod.Endpoint(sys.argv[1])


def say(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


say("run_sync", endpoint.run_sync({"input": {"do": "return", "value": 1}}, timeout=30))
job = endpoint.run({"input": {"do": "return", "value": {"null": None, "text": "é"}}})
say("output", job.output(timeout=30))
say("status", job.status())
failing = endpoint.run({"input": {"do": "fail"}})
failing.output(timeout=30)
say("failed", failing.status())
sleeping = endpoint.run({"input": {"do": "sleep", "seconds": 60}})
say("cancel", sleeping.cancel(timeout=10)["status"])
say("health", sorted(endpoint.health().keys()))
say("purge", endpoint.purge_queue(timeout=10)["status"])
