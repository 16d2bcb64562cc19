/** The loops that rounds are made of: for Effects, and for promises where there is to be no Effect. */
import { Effect } from "effect"
import { median } from "./Statistics.ts"

/** Median duration of one after the other, in microseconds. */
export const latency = <E, R>(calls: number, call: Effect.Effect<unknown, E, R>): Effect.Effect<number, E, R> =>
  Effect.gen(function*() {
    const micros = new Float64Array(calls)
    for (let i = 0; i < calls; i++) {
      const start = performance.now()
      yield* call
      micros[i] = (performance.now() - start) * 1000
    }
    return median(micros)
  })

export const latencyOf = (calls: number, call: () => Promise<unknown>): Effect.Effect<number, unknown> =>
  Effect.tryPromise(async () => {
    const micros = new Float64Array(calls)
    for (let i = 0; i < calls; i++) {
      const start = performance.now()
      await call()
      micros[i] = (performance.now() - start) * 1000
    }
    return median(micros)
  })

/** Calls a second, with so many under way at any time. */
export const throughput = <E, R>(
  options: { readonly calls: number; readonly inFlight: number },
  call: Effect.Effect<unknown, E, R>
): Effect.Effect<number, E, R> =>
  Effect.gen(function*() {
    const start = performance.now()
    let left = options.calls
    yield* Effect.forEach(
      Array.from({ length: options.inFlight }),
      () => Effect.whileLoop({ while: () => left-- > 0, body: () => call, step: () => {} }),
      { concurrency: "unbounded", discard: true }
    )
    return options.calls / ((performance.now() - start) / 1000)
  })

export const throughputOf = (
  options: { readonly calls: number; readonly inFlight: number },
  call: () => Promise<unknown>
): Effect.Effect<number, unknown> =>
  Effect.tryPromise(async () => {
    const start = performance.now()
    let left = options.calls
    await Promise.all(Array.from({ length: options.inFlight }, async () => {
      while (left-- > 0) await call()
    }))
    return options.calls / ((performance.now() - start) / 1000)
  })

/** Median duration of something that does not wait, in microseconds. */
export const duration = (calls: number, call: () => unknown): Effect.Effect<number> =>
  Effect.sync(() => {
    const micros = new Float64Array(calls)
    for (let i = 0; i < calls; i++) {
      const start = performance.now()
      call()
      micros[i] = (performance.now() - start) * 1000
    }
    return median(micros)
  })
