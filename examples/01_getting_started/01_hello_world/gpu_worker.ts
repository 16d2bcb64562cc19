/**
 * A function on a GPU worker that looks at the GPU it got.
 *
 *     npx flash run examples/01_getting_started/01_hello_world/gpu_worker.ts
 *
 * On the embedded platform there is no GPU to be had, and it says so.
 */
import { Console, DateTime, Effect, Schema } from "effect"
import { Flash, GpuGroup, LiveServerless, remote } from "effect-flash"
import { execFile } from "node:child_process"

const gpu = LiveServerless.make("01_01_gpu_worker", {
  gpus: [GpuGroup.ANY],
  workersMin: 0,
  workersMax: 3,
  idleTimeout: 5
})

class GpuInfo extends Schema.Class<GpuInfo>("GpuInfo")({
  available: Schema.Boolean,
  name: Schema.NullOr(Schema.String),
  count: Schema.Int,
  /** Of the first GPU. */
  memoryGb: Schema.Number
}) {}

/** What `nvidia-smi` lists: a line each, `NVIDIA L4, 23034 MiB`. */
const gpuInfo = Effect.async<GpuInfo>((resume) => {
  const query = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
  execFile("nvidia-smi", query, (error, stdout) => {
    const rows = error ? [] : stdout.trim().split("\n").map((line) => line.split(", "))
    const [name = null, megabytes = "0"] = rows[0] ?? []
    resume(Effect.succeed(
      GpuInfo.make({ available: rows.length > 0, name, count: rows.length, memoryGb: Number(megabytes) / 1024 })
    ))
  })
})

export const gpuHello = remote("gpu_hello", {
  resource: gpu,
  payload: {
    message: Schema.optionalWith(Schema.String, { default: () => "Hello from a GPU worker!" })
  },
  success: Schema.Struct({
    status: Schema.Literal("success"),
    message: Schema.String,
    workerType: Schema.Literal("GPU"),
    gpuInfo: GpuInfo,
    timestamp: Schema.DateTimeUtc,
    platform: Schema.String,
    nodeVersion: Schema.String
  })
}, ({ message }) =>
  Effect.all({
    status: Effect.succeed("success" as const),
    message: Effect.succeed(message),
    workerType: Effect.succeed("GPU" as const),
    gpuInfo,
    timestamp: DateTime.now,
    platform: Effect.succeed(process.platform),
    nodeVersion: Effect.succeed(process.version)
  }))

const program = Effect.gen(function*() {
  const { gpuInfo, message, nodeVersion, platform } = yield* gpuHello({})
  yield* Console.log(`${message} (${platform}, Node ${nodeVersion})`)
  yield* Console.log(
    gpuInfo.available
      ? `${gpuInfo.count} × ${gpuInfo.name}, ${gpuInfo.memoryGb.toFixed(0)} GB`
      : "No GPU on this worker"
  )
})

program.pipe(Flash.runMain)
