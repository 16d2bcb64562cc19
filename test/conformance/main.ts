/**
 * Drives the embedded platform with programs that nobody here wrote: the worker and the client of runpod-python, and the
 * command line of runpod-flash 1.3.0.
 *
 *     npm run conformance
 *     npm run conformance -- ours      only what has this in its title
 *
 * Needs Python and PyPI; without them it says so and ends well.
 */
import { Console, Effect, Layer } from "effect"
import type { Scope } from "effect"
import { Platform } from "effect-flash/local"
import * as Checks from "./Checks.ts"
import { flashCli } from "./flashCli.ts"
import { ourDeployment } from "./ourDeployment.ts"
import * as Python from "./Python.ts"
import { requests } from "./requests.ts"
import { runpodPython } from "./runpodPython.ts"

const program = Effect.gen(function*() {
  const checks = Checks.make()
  const sections = [
    ["runpod-python", runpodPython],
    ["runpod-flash 1.3.0", flashCli],
    ["runpod-flash 1.3.0, about a deployment of ours", ourDeployment]
  ] as const
  const wanted = process.argv[2]
  for (const [title, section] of sections.filter(([title]) => title.includes(wanted ?? ""))) {
    yield* Console.log(`\n${title}`)
    const running: Effect.Effect<void, unknown, Platform.Platform | Scope.Scope> = section(checks)
    const seen = yield* requests(running.pipe(Effect.orDie, Effect.scoped, Effect.provide(Platform.layer())))
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
