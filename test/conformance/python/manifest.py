"""The manifest of an environment's build, as the workers of runpod-flash fetch it: `manifest.py <environment id>`."""

import asyncio
import json
import sys

from runpod_flash.runtime.state_manager_client import StateManagerClient

print(json.dumps(asyncio.run(StateManagerClient().get_persisted_manifest(sys.argv[1]))))
