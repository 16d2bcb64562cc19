import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as RunpodRestV1 from "../../src/runpod/RunpodRestV1.ts"
import { make, reply } from "./scriptedApi.ts"
import type { Asked, Reply } from "./scriptedApi.ts"

const api = (script: (asked: Asked) => Reply) => {
  const platform = make(script)
  return Effect.map(
    Effect.provide(RunpodRestV1.RunpodRestV1, Layer.provide(RunpodRestV1.layer, platform.layer)),
    (v1) => ({ ...platform, v1 })
  )
}

const volume = { id: "v1", name: "models", size: 50, dataCenterId: "EU-RO-1" }

describe("network volumes of REST v1", () => {
  it.effect("are listed, in an array or in an object", () =>
    Effect.gen(function*() {
      for (const answer of [[volume], { networkVolumes: [volume] }]) {
        const { lines, v1 } = yield* api(() => reply(200, answer))
        expect(yield* v1.listNetworkVolumes).toEqual([volume])
        expect(lines()).toEqual(["GET /v1/networkvolumes"])
      }
    }))

  it.effect("are not taken for none where the answer is another", () =>
    Effect.gen(function*() {
      for (const answer of [{}, { volumes: [] }, null, { networkVolumes: null }]) {
        const { v1 } = yield* api(() => reply(200, answer))
        expect((yield* Effect.flip(v1.listNetworkVolumes))._tag).toBe("UnexpectedResponse")
      }
    }))

  it.effect("are created", () =>
    Effect.gen(function*() {
      const { asked, lines, v1 } = yield* api(() => reply(200, volume))
      const { id, ...input } = volume
      expect(yield* v1.createNetworkVolume(input)).toEqual({ id, ...input })
      expect(lines()).toEqual(["POST /v1/networkvolumes"])
      expect(asked[0]?.body).toEqual(input)
    }))

  it.effect("are gone with their API", () =>
    Effect.gen(function*() {
      const { v1 } = yield* api(() => reply(410, { error: "REST v1 was retired on 2026-11-15" }))
      const error = yield* Effect.flip(v1.listNetworkVolumes)
      expect(error).toMatchObject({ _tag: "ApiRetired", api: "REST v1", detail: "REST v1 was retired on 2026-11-15" })
      expect(error.message).toContain("Update effect-flash")
    }))
})
