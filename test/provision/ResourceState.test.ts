import { assert, describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Option } from "effect"
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import type { ResourceRecord } from "../../src/provision/ResourceState.ts"
import { cases } from "../laws.ts"

const place = { app: "shop/1", env: "production" }

const record = (name: string, more: Partial<ResourceRecord> = {}): ResourceRecord => ({
  name,
  type: "CpuLiveServerless",
  endpointName: `live-${name}`,
  status: "ready",
  updatedAt: "2026-01-01T00:00:00.000Z",
  ...more
})

const scratch = () => mkdtempSync(join(tmpdir(), "effect-flash-test-"))
const fileOf = (directory: string) => join(directory, "shop%2F1", "production.json")

const layers = {
  file: () => ResourceState.layerFile({ ...place, directory: scratch() }),
  memory: () => ResourceState.layerMemory(place)
}

for (const [kind, layer] of Object.entries(layers)) {
  describe(`state in ${kind}`, () => {
    it.effect("gives back what was put, sorted by name", () =>
      Effect.gen(function*() {
        const state = yield* ResourceState.ResourceState
        expect(yield* state.all).toEqual([])
        expect(Option.isNone(yield* state.get("a"))).toBe(true)
        yield* state.put(record("b"))
        yield* state.put(record("a", { endpointId: "1", applied: { env: { A: "1" } } }))
        yield* state.put(record("b", { status: "deleting" }))
        expect((yield* state.all).map(({ name, status }) => `${name} ${status}`)).toEqual(["a ready", "b deleting"])
        yield* state.remove("a")
        yield* state.remove("nobody")
        expect(Option.getOrThrow(yield* state.get("b"))).toEqual(record("b", { status: "deleting" }))
        expect(Option.isNone(yield* state.get("a"))).toBe(true)
      }).pipe(Effect.provide(layer())))

    it.live("loses no record of those who write side by side", () =>
      Effect.gen(function*() {
        const state = yield* ResourceState.ResourceState
        const names = Array.from({ length: 20 }, (_, n) => `r${n}`)
        yield* Effect.forEach(names, (name) => state.put(record(name)), { concurrency: "unbounded", discard: true })
        expect((yield* state.all).map(({ name }) => name)).toEqual(names.toSorted())
      }).pipe(Effect.provide(layer())))

    it.live("locks a resource, and only that", () =>
      Effect.gen(function*() {
        const state = yield* ResourceState.ResourceState
        let inside = 0
        const enter = Effect.scoped(Effect.gen(function*() {
          yield* state.lock("a")
          expect(++inside).toBe(1)
          yield* Effect.sleep("2 millis")
          inside--
        }))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* state.lock("b")
          yield* Effect.all([enter, enter, enter], { concurrency: "unbounded" })
        }))
      }).pipe(Effect.provide(layer())))
  })
}

describe("a state file", () => {
  it.effect("keeps environments apart, is its owner's alone, and leaves nothing else behind", () =>
    Effect.gen(function*() {
      const directory = scratch()
      const put = (env: string) =>
        Effect.flatMap(ResourceState.ResourceState, (state) => state.put(record(env))).pipe(
          Effect.provide(ResourceState.layerFile({ app: place.app, env, directory }))
        )
      yield* Effect.all([put("production"), put("staging")], { concurrency: "unbounded" })
      expect(readdirSync(join(directory, "shop%2F1")).toSorted()).toEqual(["production.json", "staging.json"])
      expect(statSync(fileOf(directory)).mode & 0o777).toBe(0o600)
      expect(JSON.parse(readFileSync(fileOf(directory), "utf8"))).toMatchObject({ version: 1, ...place })
    }))

  it.effect.prop(
    "is read back as it was written",
    [Arbitrary.make(ResourceState.ResourceRecord)],
    ([generated]) =>
      Effect.gen(function*() {
        const directory = scratch()
        // what was applied is JSON
        const written: ResourceRecord = JSON.parse(JSON.stringify({ ...generated, applied: { nested: generated } }))
        const layer = ResourceState.layerFile({ ...place, directory })
        yield* Effect.provide(Effect.flatMap(ResourceState.ResourceState, (state) => state.put(written)), layer)
        const read = yield* Effect.provide(Effect.flatMap(ResourceState.ResourceState, (state) => state.all), layer)
        expect(read).toEqual([written])
      }),
    { fastCheck: cases(20) }
  )

  const broken = (text: string) =>
    Effect.gen(function*() {
      const directory = scratch()
      const layer = ResourceState.layerFile({ ...place, directory })
      yield* Effect.flatMap(ResourceState.ResourceState, (state) => state.put(record("a"))).pipe(Effect.provide(layer))
      writeFileSync(fileOf(directory), text)
      const error = yield* Effect.flatMap(ResourceState.ResourceState, (state) => state.put(record("b"))).pipe(
        Effect.provide(layer),
        Effect.flip
      )
      // whatever was there is there still
      expect(readFileSync(fileOf(directory), "utf8")).toBe(text)
      assert.instanceOf(error, ResourceState.StateError)
      return error
    })

  it.effect("tells its place, whatever that is called, and there is none where there is no folder", () =>
    Effect.gen(function*() {
      const directory = scratch()
      expect(yield* ResourceState.places(`${directory}/none`)).toEqual([])
      const odd = { app: "a/b.json", env: "x y" }
      yield* Effect.flatMap(ResourceState.ResourceState, (state) => state.put(record("web"))).pipe(
        Effect.provide(ResourceState.layerFile({ ...odd, directory }))
      )
      expect(yield* ResourceState.places(directory)).toEqual([odd])
    }))

  it.effect("that is not legal is an error, and kept", () =>
    Effect.gen(function*() {
      expect((yield* broken(`{ "version": 1, `)).reason).toBe("corrupt")
      const error = yield* broken(`{ "version": 1, "app": "a", "env": "e", "resources": [{ "name": 1 }] }`)
      expect(error.reason).toBe("corrupt")
      expect(error.message).toContain(`["resources"]`)
      expect(error.message).toContain("production.json")
    }))

  it.effect("of a later version is an error, and kept", () =>
    Effect.gen(function*() {
      const error = yield* broken(`{ "version": 2, "something": "else" }`)
      expect(error.reason).toBe("newer")
      expect(error.message).toContain("version 2")
    }))
})
