import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either } from "effect"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as Fitness from "../../runtime/worker/Fitness.ts"

const required = (env: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(Fitness.fromEnvironment, ConfigProvider.fromMap(new Map(Object.entries(env))))

const GB = 1024 ** 3

/** A machine that is fit, but for what is said. */
const machine = (faults: Partial<Fitness.Machine> = {}): Fitness.Machine => ({
  memory: () => 16 * GB,
  freeDisk: Effect.succeed(50),
  reach: () => Effect.void,
  nvidiaSmi: () => Effect.succeed("| NVIDIA-SMI 550.54  Driver Version: 550.54  CUDA Version: 12.4 |"),
  ...faults
})

const verdict = (env: Readonly<Record<string, string>>, faults: Partial<Fitness.Machine>) =>
  Effect.flatMap(required(env), (requirements) =>
    Effect.map(
      Effect.either(Fitness.verify(Fitness.checks(requirements, machine(faults)))),
      Either.match({ onLeft: ({ check, reason }) => `${check}: ${reason}`, onRight: () => "fit" })
    ))

const gpu = { RUNPOD_GPU_COUNT: "1" }

describe("a machine", () => {
  it.effect("is fit where it has what RunPod's own worker asks for", () =>
    Effect.gen(function*() {
      expect(yield* verdict(gpu, {})).toBe("fit")
      expect(yield* verdict({}, { nvidiaSmi: () => Effect.fail("there is none") })).toBe("fit")
    }))

  it.effect("is not where it lacks something, which is said", () =>
    Effect.gen(function*() {
      expect(yield* verdict({}, { memory: () => 2 * GB })).toBe(
        "memory: 2.00 GB of memory, 4 GB are wanted (RUNPOD_MIN_MEMORY_GB)"
      )
      expect(yield* verdict({}, { freeDisk: Effect.succeed(3) })).toContain("disk: 3.0 %")
      expect(yield* verdict({}, { reach: () => Effect.fail("no route") })).toBe("network: no route")
      expect(yield* verdict(gpu, { nvidiaSmi: () => Effect.fail("nvidia-smi failed") })).toBe("gpu: nvidia-smi failed")
      expect(yield* verdict(gpu, { nvidiaSmi: () => Effect.succeed("CUDA Version: 11.7") })).toContain("gpu: CUDA 11.7")
      expect(yield* verdict(gpu, { nvidiaSmi: () => Effect.succeed("no devices") })).toContain("no CUDA version")
    }))

  it.effect("is measured by the variables", () =>
    Effect.gen(function*() {
      const little = { memory: () => 2 * GB, freeDisk: Effect.succeed(3) }
      expect(yield* verdict({ RUNPOD_MIN_MEMORY_GB: "1.5", RUNPOD_MIN_DISK_PERCENT: "2" }, little)).toBe("fit")
      expect(yield* verdict({ ...gpu, RUNPOD_MIN_CUDA_VERSION: "12.5" }, {})).toContain("12.5 is wanted")
      expect(yield* verdict({ ...gpu, RUNPOD_MIN_CUDA_VERSION: "9.9" }, {})).toBe("fit")
      expect(yield* verdict({ RUNPOD_SKIP_AUTO_SYSTEM_CHECKS: "true" }, little)).toBe("fit")
      expect(
        yield* verdict({ ...gpu, RUNPOD_SKIP_GPU_CHECK: "true" }, { nvidiaSmi: () => Effect.fail("none") })
      ).toBe("fit")
    }))
})

describe("this machine", () => {
  const here = Fitness.thisMachine(() => 1)

  it.effect("has a disk", () =>
    Effect.gen(function*() {
      const free = yield* here.freeDisk
      expect(free).toBeGreaterThan(0)
      expect(free).toBeLessThanOrEqual(100)
    }))

  it.scopedLive("reaches what listens, and says what it does not reach", () =>
    Effect.gen(function*() {
      const server = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer((socket) => socket.destroy())
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
      )
      // a server that listens on a port has an address of this kind
      yield* here.reach("127.0.0.1", (server.address() as AddressInfo).port, 5000)
      expect(yield* Effect.flip(here.reach("127.0.0.1", 1, 5000))).toContain("127.0.0.1:1 is not reached")
    }))
})
