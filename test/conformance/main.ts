/**
 * Drives the embedded platform with programs that nobody here wrote: the worker and the client of runpod-python, and the
 * command line of runpod-flash 1.3.0.
 *
 *     npm run conformance
 *
 * Needs Python and PyPI; without them it says so and ends well.
 */
import { Console, Effect, Layer } from "effect"
import { Platform } from "effect-flash/local"
import * as Checks from "./Checks.ts"
import { flashCli } from "./flashCli.ts"
import * as Python from "./Python.ts"
import { requests } from "./requests.ts"
import { runpodPython } from "./runpodPython.ts"

const program = Effect.gen(function*() {
  const checks = Checks.make()
  for (const [title, section] of [["runpod-python", runpodPython], ["runpod-flash 1.3.0", flashCli]] as const) {
    yield* Console.log(`\n${title}`)
    const seen = yield* requests(section(checks).pipe(Effect.scoped, Effect.provide(Platform.layer())))
    yield* Console.log(`  requests: ${seen.join(", ")}`)
  }
  yield* Console.log(`\n${checks.passed()} passed, ${checks.failed()} failed`)
  return checks.failed() === 0
})

const main = Effect.matchEffect(Python.install, {
  onFailure: ({ message }) =>
    Effect.as(Console.log(`skipped: the Python packages cannot be had: ${message.trim().split("\n").at(-1)}`), true),
  onSuccess: () => program
})

process.exitCode = (await Effect.runPromise(Effect.provide(main, Layer.empty))) ? 0 : 1
