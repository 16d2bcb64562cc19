import { Console, Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"

const program = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  yield* Console.log(`RUNPOD_API_BASE_URL=${url}`)
  yield* Console.log(`RUNPOD_API_KEY=${Redacted.value(apiKey)}`)
  return yield* Effect.never
})

Effect.runFork(Effect.provide(program, Platform.layer({ database: "platform.db" })))
