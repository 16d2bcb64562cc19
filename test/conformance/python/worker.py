"""A worker of runpod-python whose handler does what its job's input says. It ends with standard input."""

import os
import signal
import sys
import threading
import time

import runpod


def end_with_parent():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def handler(job):
    wanted = job["input"]
    if wanted["do"] == "fail":
        raise ValueError("it is broken")
    if wanted["do"] == "error":
        return {"error": "it was refused"}
    if wanted["do"] == "progress":
        for step in range(3):
            runpod.serverless.progress_update(job, {"step": step})
            time.sleep(0.3)
    if wanted["do"] == "refresh":
        return {"refresh_worker": True, "pid": os.getpid()}
    if wanted["do"] == "crash":
        os.killpg(0, signal.SIGKILL)
    if wanted["do"] == "sleep":
        time.sleep(wanted["seconds"])
    return {"value": wanted.get("value"), "pid": os.getpid()}


def words(job):
    for index in range(job["input"]["count"]):
        yield {"index": index}
    if job["input"].get("fail"):
        raise ValueError("it broke off")


threading.Thread(target=end_with_parent, daemon=True).start()
runpod.serverless.start(
    {
        "stream": {"handler": words, "return_aggregate_stream": True},
        "refresh": {"handler": handler, "refresh_worker": True},
    }.get(os.environ.get("MODE"), {"handler": handler})
)
