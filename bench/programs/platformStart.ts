/** Prints how long the embedded platform takes from nothing to its first accepted job, in milliseconds. */
import { Effect, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { layerEnsuring } from "../../runtime/platform/LocalFlash.ts"
import { Ensuring } from "../../src/provision/Ensuring.ts"
import { serial } from "../fixtures/functions.ts"
import { submit } from "./submit.ts"

const main = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  const { ensure } = yield* Ensuring
  const { id } = yield* ensure(serial)
  yield* Effect.promise(() => submit(`${url}/v2/${id}/run`, Redacted.value(apiKey)))
  process.stdout.write(`${performance.now() - start}\n`)
})

// modules are loaded by now
const start = performance.now()
Effect.runPromise(Effect.provide(main, Layer.provideMerge(layerEnsuring, Platform.layer())))
