/**
 * Prints what a job costs from its submission to its end, in microseconds of the processor, while `<count>` others wait
 * before it.
 */
import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Jobs from "../../runtime/platform/jobs/Jobs.ts"
import * as JobStore from "../../runtime/platform/jobs/JobStore.ts"

const waiting = Number(process.argv[2])

const measured = 20_000

const main = (path: string) =>
  Effect.gen(function*() {
    const jobs = yield* Jobs.make(yield* JobStore.make(path), () => {})
    const submit = () =>
      jobs.submit({ endpointId: "e", kind: "async", input: `{"n":1}`, ttl: 86_400_000, executionTimeout: 0 })
    for (let n = 0; n < waiting; n++) submit()
    yield* jobs.durable
    const start = process.cpuUsage()
    for (let n = 0; n < measured; n++) {
      submit()
      // the queue is as long as before
      const [job] = yield* jobs.take("e", "w", 1, 0)
      jobs.finish(job?.id ?? "", "w", { output: "1", error: undefined })
      if (n % 50 === 0) yield* jobs.durable
    }
    yield* jobs.durable
    const { system, user } = process.cpuUsage(start)
    return (system + user) / measured
  })

const folder = mkdtempSync(join(tmpdir(), "effect-flash-bench-"))
Effect.runPromise(Effect.scoped(main(join(folder, "jobs.db")))).then((value) => {
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${value}\n`)
})
