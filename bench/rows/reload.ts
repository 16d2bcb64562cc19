/** A save while the dev server runs: until a call answers with the new code. */
import { Data, Effect } from "effect"
import type { Scope } from "effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Row } from "../harness/Bench.ts"
import { dist, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

class NotServed extends Data.TaggedError("NotServed")<{ readonly message: string }> {}

const folder = join(scratch, "reload")

const save = (word: string) =>
  Effect.sync(() =>
    writeFileSync(
      join(folder, "main.ts"),
      [
        `import { Effect, Schema } from "effect"`,
        `import { CpuLiveServerless, remote } from "effect-flash"`,
        `const resource = CpuLiveServerless.make("reload", { idleTimeout: 3600 })`,
        `export const hello = remote("hello", { resource, payload: { name: Schema.String }, success: Schema.String },`,
        `  ({ name }) => Effect.succeed(\`${word} \${name}\`))`
      ].join("\n")
    )
  )

/** The dev server's address, once it serves. */
const served: Effect.Effect<string, NotServed, Scope.Scope> = Effect.flatMap(
  Processes.start(process.execPath, [join(dist, "cli/main.mjs"), "dev", "--json", "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"]
  }),
  (child) =>
    Effect.async<string, NotServed>((resume) => {
      let output = ""
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text
        const [, url] = /"event":"started".*"url":"([^"]+)"/.exec(output) ?? []
        if (url !== undefined) resume(Effect.succeed(url))
      })
      child.once("exit", () => resume(new NotServed({ message: `flash dev ended: ${output}` })))
    })
)

const call = (url: string) =>
  Effect.tryPromise(async () => {
    const answer = await fetch(`${url}/main/run_sync`, { method: "POST", body: `{"name":"Ada"}` })
    const { output }: { readonly output?: string } = await answer.json() as object
    return output
  })

export const row: Row = Effect.gen(function*() {
  yield* Effect.acquireRelease(
    Effect.sync(() => mkdirSync(folder, { recursive: true })),
    () => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  yield* save("Hello")
  const url = yield* served
  yield* call(url)
  let saves = 0
  return [{
    name: "save to the first answer of the new code",
    unit: "ms",
    rounds: 21,
    warmUp: 5,
    subjects: [{
      name: "flash dev",
      role: "ours",
      round: Effect.gen(function*() {
        // the process that looks at modules is made ready behind each save
        yield* Effect.sleep("1 second")
        const word = `Save${++saves}`
        const start = performance.now()
        yield* save(word)
        yield* Effect.repeat(call(url), { until: (output) => output === `${word} Ada` })
        return performance.now() - start
      })
    }],
    budgets: [{ bound: "at most", limit: 200 }],
    notes: ["calls follow each other without a pause; worker and server are warm, saves a second apart"]
  }]
})
