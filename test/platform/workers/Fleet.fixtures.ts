/** An endpoint, and a worker of it. */
import { Redacted } from "effect"
import type * as Fleet from "../../../runtime/platform/workers/Fleet.ts"

export const endpoint = (
  config: Partial<Fleet.Worker["endpoint"]["config"]> = {}
): Fleet.Worker["endpoint"] => ({
  id: "e",
  version: 1,
  workerKey: Redacted.make("k"),
  config: {
    name: "e",
    kind: "QUEUE",
    workersMin: 0,
    workersMax: 1,
    idleTimeout: 5,
    executionTimeoutMs: 0,
    maxConcurrency: 1,
    scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
    flashboot: "OFF",
    hardware: "CPU",
    choices: [],
    dataCenterIds: [],
    networkVolumes: [],
    image: "i",
    env: {},
    ...config
  }
})

export const worker = (
  more: Partial<Fleet.Worker> = {},
  config: Partial<Fleet.Worker["endpoint"]["config"]> = {}
): Fleet.Worker => {
  const own = endpoint(config)
  return {
    id: "w",
    fleet: { endpoint: own, workers: new Map(), failedStarts: 0, restUntil: 0 },
    endpoint: own,
    hardware: "CPU",
    isReady: true,
    isUnfit: false,
    heardAt: 0,
    isRetiring: false,
    isStopping: false,
    parkedAt: undefined,
    startedAt: 0,
    busyAt: 0,
    process: undefined,
    tail: [],
    ...more
  }
}
