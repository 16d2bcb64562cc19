import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { CliError } from "../CliError.ts"
import { existingFile } from "../existingFile.ts"
import { findPackage } from "../Package.ts"

const module = Options.text("module").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Serve the remote functions that this ES module exports"),
  Options.optional
)

/** `flash worker`: takes jobs and runs them in this process, as the worker of a container does. */
export const worker = Command.make("worker", { module }, (options) =>
  Effect.gen(function*() {
    if (Option.isSome(options.module)) {
      const file = yield* existingFile(options.module.value)
      yield* Effect.sync(() => {
        // The worker reads its settings from the environment, and so do the processes it starts.
        process.env.FLASH_MODULE = file
      })
    }
    const main = yield* existingFile(Path.join(findPackage().root, "dist", "worker", "main.mjs")).pipe(
      Effect.mapError(({ message }) =>
        new CliError({ message: `the worker is not built: ${message}`, hint: "run `npm run build` in the checkout" })
      )
    )
    // From here on the worker owns the process: it drains on a signal and chooses the exit code. An interruption by our
    // own signal handler would end it in the middle of a job.
    yield* Effect.uninterruptible(Effect.promise(() => import(pathToFileURL(main).href)))
  })).pipe(Command.withDescription("Run a worker in this process"))
