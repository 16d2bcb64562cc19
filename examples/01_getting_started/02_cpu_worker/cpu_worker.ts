/**
 * A function on a CPU worker, with the instance type it needs.
 *
 *     npx flash run examples/01_getting_started/02_cpu_worker/cpu_worker.ts Ada
 */
import { Console, DateTime, Effect, Schema } from "effect"
import { CpuInstanceType, CpuLiveServerless, Flash, remote } from "effect-flash"
import { cpus, totalmem } from "node:os"

const cpu = CpuLiveServerless.make("01_02_cpu_worker", {
  instanceIds: [CpuInstanceType.CPU3C_1_2],
  workersMin: 0,
  workersMax: 3
})

export const cpuHello = remote("cpu_hello", {
  resource: cpu,
  payload: { name: Schema.optionalWith(Schema.String, { default: () => "Anonymous Panda" }) },
  success: Schema.Struct({
    message: Schema.String,
    workerType: Schema.Literal("CPU"),
    timestamp: Schema.DateTimeUtc,
    cores: Schema.Int,
    memoryGb: Schema.Number,
    nodeVersion: Schema.String
  })
}, ({ name }) =>
  Effect.gen(function*() {
    yield* Effect.logInfo(`greeting ${name}`)
    return {
      message: `Hello, ${name}!`,
      workerType: "CPU" as const,
      timestamp: yield* DateTime.now,
      cores: cpus().length,
      memoryGb: totalmem() / 2 ** 30,
      nodeVersion: process.version
    }
  }))

const program = Effect.gen(function*() {
  const [name] = process.argv.slice(2)
  const { cores, memoryGb, message, timestamp } = yield* cpuHello(name === undefined ? {} : { name })
  yield* Console.log(`${message} ${cores} cores, ${memoryGb.toFixed(1)} GB, at ${DateTime.formatIso(timestamp)}`)
})

program.pipe(Flash.runMain)
