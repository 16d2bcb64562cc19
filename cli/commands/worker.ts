/** `flash worker`: runs functions as a worker does, on this machine. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { CliError } from "../CliError.ts"
import { existingFile } from "../existingFile.ts"
import { findPackage } from "../Package.ts"
import { inRange } from "../ui/Numbers.ts"

const module = Options.text("module").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Serve the remote functions that this ES module exports"),
  Options.optional
)

const testInput = Options.text("test-input").pipe(
  Options.withPseudoName("JSON"),
  Options.withDescription(`Run one job, as {"input": {...}}, print its result and end; default: test_input.json here`),
  Options.optional
)

const serveApi = Options.boolean("serve-api").pipe(
  Options.withDescription("Serve /run, /runsync, /status and /stream on this machine, with a worker of its own")
)

const apiHost = Options.text("api-host").pipe(
  Options.withPseudoName("HOST"),
  Options.withDescription("Where --serve-api listens"),
  Options.withDefault("localhost")
)

const apiPort = Options.integer("api-port").pipe(
  Options.withPseudoName("PORT"),
  Options.withDescription("Where --serve-api listens"),
  Options.withDefault(8000)
)

const apiConcurrency = Options.integer("api-concurrency").pipe(
  Options.withPseudoName("JOBS"),
  Options.withDescription("How many jobs --serve-api runs at a time"),
  Options.withDefault(1)
)

/** Serves until it is interrupted. */
const serve = (options: { readonly host: string; readonly port: number; readonly maxConcurrency: number }) =>
  Effect.gen(function*() {
    const { serve } = yield* Effect.promise(() => import("../../runtime/platform/LocalApi.ts"))
    const url = yield* serve({ ...options, env: process.env })
    yield* Console.log(
      `Serving ${url}: POST /run, POST /runsync, /status/<id>, /stream/<id>, POST /cancel/<id>, GET /health`
    )
    return yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.mapError((error) => new CliError({ message: error.message }))
  )

/**
 * `flash worker`: takes jobs and runs them in this process, as the worker of a container does. Where no platform is named
 * it runs one job, and with `--serve-api` it is its own platform.
 */
export const worker = Command.make(
  "worker",
  { module, testInput, serveApi, apiHost, apiPort, apiConcurrency },
  (options) =>
    Effect.gen(function*() {
      yield* inRange("--api-port", options.apiPort, { min: 0, max: 65535 })
      yield* inRange("--api-concurrency", options.apiConcurrency, { min: 1 })
      if (Option.isSome(options.module)) {
        const file = yield* existingFile(options.module.value)
        yield* Effect.sync(() => {
          // The worker reads its settings from the environment, and so do the processes it starts.
          process.env.FLASH_MODULE = file
        })
      }
      if (options.serveApi) {
        const { apiConcurrency: maxConcurrency, apiHost: host, apiPort: port } = options
        return yield* serve({ host, port, maxConcurrency })
      }
      if (Option.isSome(options.testInput)) {
        const input = options.testInput.value
        yield* Effect.sync(() => {
          process.env.FLASH_TEST_INPUT = input
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
    })
).pipe(Command.withDescription("Run a worker in this process"))
