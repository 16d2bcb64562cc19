/** What needs the key says so when it needs it: no layer does, and nothing is sent. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { isRemoteError } from "effect-flash"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import { answer, make } from "./scriptedTransport.ts"

describe("without a key", () => {
  it.effect("no job is submitted, and the places of keys are named", () =>
    Effect.gen(function*() {
      const transport = make(() => answer(200))
      const jobs = yield* Effect.provide(
        RunpodJobs.RunpodJobs,
        Layer.provide(RunpodJobs.layer, Layer.merge(transport.layer, RunpodConfig.layerOf({ apiKeyOrigin: "a vault" })))
      )
      const endpoint = { id: "ep1", name: "hello" }
      for (const call of [jobs.run(endpoint, "{}"), jobs.status(endpoint, "job-1"), jobs.cancel(endpoint, "job-1")]) {
        const error: unknown = yield* Effect.flip(Effect.asVoid<unknown, unknown, never>(call))
        expect(error).toMatchObject({ _tag: "ApiKeyMissing", searched: [{ place: "a vault", found: "no key" }] })
        expect(isRemoteError(error)).toBe(true)
      }
      expect(transport.asked).toEqual([])
    }))
})
