/**
 * What a worker looks at before it takes its first job: whether this machine can do the work. A machine that cannot is
 * reported as unhealthy and left, before a job is lost on it.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { connect } from "node:net"
import type { FitnessCheck } from "../../src/protocol/FitnessCheck.ts"

/**
 * A check that did not hold.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unfit extends Data.TaggedError("Unfit")<{
  /** The name of the check. */
  readonly check: string
  readonly reason: string
}> {
  override get message() {
    return `this machine is not fit for work: ${this.check}: ${this.reason}`
  }
}

/**
 * What a machine must have. The variables are those of RunPod's own worker.
 *
 * @since 0.1.0
 * @category models
 */
export interface Requirements {
  /** `RUNPOD_MIN_MEMORY_GB`, of RAM. */
  readonly memory: number
  /** `RUNPOD_MIN_DISK_PERCENT`, of the working directory's disk. */
  readonly disk: number
  /** `RUNPOD_NETWORK_CHECK_TIMEOUT`, in seconds. */
  readonly networkTimeout: number
  /** `RUNPOD_MIN_CUDA_VERSION`, as `12.4`. */
  readonly cuda: string
  /** `RUNPOD_GPU_TEST_TIMEOUT`, in seconds. */
  readonly gpuTimeout: number
  /** `RUNPOD_SKIP_AUTO_SYSTEM_CHECKS` is not `true`. */
  readonly checksSystem: boolean
  /** `RUNPOD_SKIP_GPU_CHECK` is not `true`. */
  readonly checksGpu: boolean
  /** A GPU that is not there is no fault where none was asked for. */
  readonly wantsGpu: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<Requirements, ConfigError.ConfigError> = Effect.map(
  Config.all({
    memory: Config.withDefault(Config.number("RUNPOD_MIN_MEMORY_GB"), 4),
    disk: Config.withDefault(Config.number("RUNPOD_MIN_DISK_PERCENT"), 10),
    networkTimeout: Config.withDefault(Config.number("RUNPOD_NETWORK_CHECK_TIMEOUT"), 5),
    cuda: Config.withDefault(Config.string("RUNPOD_MIN_CUDA_VERSION"), "11.8"),
    gpuTimeout: Config.withDefault(Config.number("RUNPOD_GPU_TEST_TIMEOUT"), 30),
    skipsSystem: Config.withDefault(Config.boolean("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS"), false),
    skipsGpu: Config.withDefault(Config.boolean("RUNPOD_SKIP_GPU_CHECK"), false),
    gpus: Config.withDefault(Config.integer("RUNPOD_GPU_COUNT"), 0)
  }),
  ({ gpus, skipsGpu, skipsSystem, ...requirements }) => ({
    ...requirements,
    checksSystem: !skipsSystem,
    checksGpu: !skipsGpu,
    wantsGpu: gpus > 0 || existsSync("/dev/nvidia0")
  })
)

/**
 * How a machine is looked at; times in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Machine {
  /** Bytes of RAM, or what the container may use of it. */
  readonly memory: () => number
  /** Of the working directory's disk, 0 to 100. */
  readonly freeDisk: Effect.Effect<number, string>
  readonly reach: (host: string, port: number, timeout: number) => Effect.Effect<void, string>
  /** What `nvidia-smi` prints. */
  readonly nvidiaSmi: (timeout: number) => Effect.Effect<string, string>
}

const GB = 1024 ** 3

/**
 * The checks that the requirements ask for, in their order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const checks = (requirements: Requirements, machine: Machine): ReadonlyArray<FitnessCheck> => [
  ...(requirements.checksSystem ? systemChecks(requirements, machine) : []),
  ...(requirements.checksGpu && requirements.wantsGpu ? [gpuCheck(requirements, machine)] : [])
]

const require = (holds: boolean, reason: string): Effect.Effect<void, string> =>
  holds ? Effect.void : Effect.fail(reason)

const systemChecks = (
  { disk, memory, networkTimeout }: Requirements,
  machine: Machine
): ReadonlyArray<FitnessCheck> => [
  {
    name: "memory",
    run: Effect.suspend(() => {
      const has = machine.memory() / GB
      return require(has >= memory, `${has.toFixed(2)} GB of memory, ${memory} GB are wanted (RUNPOD_MIN_MEMORY_GB)`)
    })
  },
  {
    name: "disk",
    run: Effect.flatMap(
      machine.freeDisk,
      (free) =>
        require(
          free >= disk,
          `${free.toFixed(1)} % of the disk are free, ${disk} % are wanted (RUNPOD_MIN_DISK_PERCENT)`
        )
    )
  },
  { name: "network", run: machine.reach("8.8.8.8", 53, networkTimeout * 1000) }
]

const gpuCheck = ({ cuda, gpuTimeout }: Requirements, machine: Machine): FitnessCheck => ({
  name: "gpu",
  run: Effect.flatMap(machine.nvidiaSmi(gpuTimeout * 1000), (text) => {
    const version = /CUDA Version:\s*(\d+(?:\.\d+)?)/.exec(text)?.[1]
    if (version === undefined) return Effect.fail("nvidia-smi names no CUDA version")
    return require(isAtLeast(version, cuda), `CUDA ${version}, ${cuda} is wanted (RUNPOD_MIN_CUDA_VERSION)`)
  })
})

const isAtLeast = (version: string, least: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

/**
 * Runs checks one after the other; fails with the first that does not hold.
 *
 * @since 0.1.0
 * @category checks
 */
export const verify = (all: ReadonlyArray<FitnessCheck>): Effect.Effect<void, Unfit> =>
  Effect.forEach(all, ({ name, run }) => Effect.mapError(run, (reason) => new Unfit({ check: name, reason })), {
    discard: true
  })

/**
 * The machine that this process runs on. `memory` says how many bytes of RAM it may use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const thisMachine = (memory: () => number): Machine => ({
  memory,
  freeDisk: Effect.tryPromise({
    try: async () => {
      const { bavail, blocks } = await statfs(process.cwd())
      return blocks === 0 ? 100 : 100 * bavail / blocks
    },
    catch: (error) => `the disk cannot be looked at: ${error}`
  }),
  reach: (host, port, timeout) =>
    Effect.async<void, string>((resume) => {
      const socket = connect({ host, port }, () => {
        socket.destroy()
        resume(Effect.void)
      })
      socket.once("error", (error) => resume(Effect.fail(`${host}:${port} is not reached: ${error.message}`)))
      return Effect.sync(() => socket.destroy())
    }).pipe(
      Effect.timeoutOption(Duration.millis(timeout)),
      Effect.flatMap(Option.match({
        onNone: () => Effect.fail(`${host}:${port} is not reached within ${timeout / 1000} s`),
        onSome: () => Effect.void
      }))
    ),
  nvidiaSmi: (timeout) =>
    Effect.async<string, string>((resume) => {
      const child = execFile("nvidia-smi", { timeout }, (error, stdout) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.fail(`nvidia-smi failed: ${error.message}`)))
      return Effect.sync(() =>
        void child.kill("SIGKILL")
      )
    })
})
