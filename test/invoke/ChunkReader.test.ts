import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import type { Procedure } from "../../src/Endpoint.ts"
import * as ChunkReader from "../../src/invoke/ChunkReader.ts"
import type { From } from "../../src/invoke/Wire.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import type { FunctionResponse } from "../../src/protocol/FunctionResponse.ts"
import type { StreamChunk } from "../../src/protocol/StreamChunk.ts"

const f = remote("f", { resource: CpuLiveServerless.make("reader"), success: Schema.Int, stream: true })

const success: FunctionResponse = { protocol_version: 1, success: true, serialization_format: "json" }

const job = { id: "job-1", status: "COMPLETED" }

const reader = (from: From = "beginning", response: FunctionResponse | undefined = undefined) =>
  ChunkReader.make({
    procedure: f as object as Procedure,
    endpoint: { id: "ep1", name: "reader" },
    jobId: "job-1",
    from,
    codec: Codec.make(),
    decodeValues: (values) =>
      Effect.mapError(Schema.decodeUnknown(Schema.Array(Schema.Int))(values), ({ message }) => message),
    responseOf: () => response
  })

const chunk = (first: number, values: ReadonlyArray<unknown>, more: Partial<StreamChunk> = {}): StreamChunk => ({
  protocol_version: 1,
  serialization_format: "json",
  run: "a",
  first,
  frames: [values],
  ...more
})

describe("a reader", () => {
  it.effect("gives the values of chunks, of all their frames", () =>
    Effect.gen(function*() {
      const { read } = reader()
      expect(yield* read(chunk(0, [1, 2]))).toEqual([1, 2])
      expect(yield* read(chunk(2, [3], { frames: [[3], [], [4, 5]] }))).toEqual([3, 4, 5])
      expect(yield* read(chunk(5, [6]))).toEqual([6])
    }))

  it.effect("passes over what came already, in whole or in part", () =>
    Effect.gen(function*() {
      const { read } = reader()
      yield* read(chunk(0, [1, 2, 3]))
      expect(yield* read(chunk(0, [1, 2, 3]))).toEqual([])
      expect(yield* read(chunk(1, [2, 3, 4]))).toEqual([4])
    }))

  it.effect("notices what did not arrive, and says how much did", () =>
    Effect.gen(function*() {
      const { read } = reader()
      yield* read(chunk(0, [1, 2]))
      const error = yield* Effect.flip(read(chunk(5, [6])))
      expect(error).toMatchObject({ _tag: "StreamBroken", endpoint: "reader", jobId: "job-1", received: 2 })
      expect(error.message).toContain("values 2 to 4 did not arrive")
      expect((yield* Effect.flip(reader().read(chunk(1, [2])))).message).toContain("values 0 to 0 did not arrive")
    }))

  it.effect("that begins anywhere begins with what comes first, and then misses nothing either", () =>
    Effect.gen(function*() {
      const { read } = reader("anywhere")
      expect(yield* read(chunk(7, [8]))).toEqual([8])
      expect((yield* Effect.flip(read(chunk(9, [10]))))._tag).toBe("StreamBroken")
    }))

  it.effect("takes another run only before it has given a value", () =>
    Effect.gen(function*() {
      const early = reader()
      yield* early.read(chunk(0, []))
      expect(yield* early.read(chunk(0, [1], { run: "b" }))).toEqual([1])
      expect((yield* Effect.flip(early.read(chunk(0, [1], { run: "c" })))).message).toContain("the job began anew")
    }))

  it.effect("puts the pieces of a large value together, each once, and begins anew with another run", () =>
    Effect.gen(function*() {
      const { read } = reader()
      const piece = (index: number, text: string, run = "a") =>
        chunk(0, [], { run, frames: [text], piece: { index, count: 3 } })
      expect(yield* read(piece(0, "[4"))).toEqual([])
      expect(yield* read(piece(0, "[7", "b"))).toEqual([])
      expect(yield* read(piece(1, "3", "b"))).toEqual([])
      expect(yield* read(piece(1, "3", "b"))).toEqual([])
      expect(yield* read(piece(2, "]", "b"))).toEqual([73])
      expect(yield* read(piece(2, "]", "b"))).toEqual([])
      expect((yield* Effect.flip(reader().read(piece(1, "3")))).message).toContain("piece 0 of a value did not arrive")
    }))

  it.effect("refuses what is no chunk, of a newer protocol, or not of the function's schema", () =>
    Effect.gen(function*() {
      for (const output of [null, 1, "a", {}, { ...chunk(0, []), first: "0" }, chunk(0, [], { frames: [1] })]) {
        expect((yield* Effect.flip(reader().read(output)))._tag).toBe("InvalidResponse")
      }
      expect(yield* Effect.flip(reader().read(chunk(0, [1], { protocol_version: 2 })))).toMatchObject({
        _tag: "ProtocolMismatch",
        received: 2,
        supported: 1
      })
      const error = yield* Effect.flip(reader().read(chunk(0, ["a"])))
      assert(error._tag === "InvalidResponse")
      expect(error).toMatchObject({ function: "f", jobId: "job-1" })
    }))
})

describe("the end of a stream", () => {
  const ended = (response: FunctionResponse | undefined, from: From = "beginning") =>
    Effect.gen(function*() {
      const made = reader(from, response)
      yield* made.read(chunk(0, [1, 2]))
      return { hasAll: made.hasAll(job), broken: made.broken(job) }
    })

  it.effect("is known where the job says how long it was", () =>
    Effect.gen(function*() {
      expect(yield* ended({ ...success, stream_length: 2 })).toEqual({ hasAll: true, broken: undefined })
      const short = yield* ended({ ...success, stream_length: 5 })
      expect(short.hasAll).toBe(false)
      expect(short.broken?.message).toContain("values 2 to 4 did not arrive")
      expect((yield* ended({ ...success, stream_length: 0 })).broken?.message).toContain("the job began anew")
    }))

  it.effect("is the job's own where it failed before it could say", () =>
    Effect.gen(function*() {
      expect((yield* ended(undefined)).broken).toBeUndefined()
      const error = { _tag: "reject", reason: "refused", message: "no" } as const
      expect((yield* ended({ ...success, success: false, error })).broken).toBeUndefined()
      const died = { _tag: "die", message: "its thread is lost", cause: {} } as const
      expect((yield* ended({ ...success, success: false, error: died })).broken).toBeUndefined()
    }))

  it.effect("of a function that does not stream is not taken for one", () =>
    Effect.gen(function*() {
      expect((yield* ended(success)).broken).toMatchObject({ _tag: "InvalidResponse", function: "f" })
    }))

  it("of a stream that others have read is no loss to who came late", () => {
    expect(reader("anywhere", { ...success, stream_length: 9 }).broken(job)).toBeUndefined()
    expect(reader("beginning", { ...success, stream_length: 9 }).broken(job)).toMatchObject({ _tag: "StreamBroken" })
  })
})
