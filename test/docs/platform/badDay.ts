import { Console, Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"

const program = Effect.gen(function*() {
  const { apiKey, clock, faults, stocks, url } = yield* Platform.Platform
  const ask = (method: string, path: string, body?: object) =>
    Effect.tryPromise(() =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      }).then(({ status }) => status)
    )

  // the fault that it was started with
  yield* Console.log(yield* ask("GET", "/v2/templates"))

  // the third of the next requests is never answered, and every other one takes long
  faults.add([{ method: "POST", skip: 2, fail: "timeout" }, { rate: 0.5, delay: 50 }])
  yield* Console.log(yield* ask("GET", "/v2/templates"))

  // no RTX 4090 is to be had, and L4s in one data center alone
  stocks.set({ ADA_24: "NONE", "NVIDIA L4": "NONE", "NVIDIA L4@EU-RO-1": "LOW" })

  // an hour in a minute; by HTTP, as a program in another language does it
  yield* Console.log(yield* ask("PUT", "/_platform/clock", { speed: 60 }), clock.speed)
  yield* Console.log(yield* ask("DELETE", "/_platform/faults"), faults.list().length)
})

Effect.runPromise(Effect.provide(program, Platform.layer({ faults: [{ fail: 503, retryAfter: 2 }] })))
