/** Prints how long the embedded platform takes from nothing to its first accepted job, in milliseconds. */
import { Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { serial } from "../fixtures/functions.ts"
import { submit } from "./submit.ts"

const main = Effect.gen(function*() {
  const { apiKey, ensureEndpoint, url } = yield* Platform.Platform
  const { id } = yield* ensureEndpoint(serial.config)
  yield* Effect.promise(() => submit(`${url}/v2/${id}/run`, Redacted.value(apiKey)))
  process.stdout.write(`${performance.now() - start}\n`)
})

// modules are loaded by now
const start = performance.now()
Effect.runPromise(Effect.provide(main, Platform.layer()))
