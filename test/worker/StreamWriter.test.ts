import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber, Option, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import * as StreamLayout from "../../runtime/worker/StreamLayout.ts"
import * as StreamWriter from "../../runtime/worker/StreamWriter.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import * as ChunkReader from "../../src/invoke/ChunkReader.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import * as Limits from "../../src/protocol/Limits.ts"
import { cases } from "../laws.ts"

/** A writer whose posts are done when the test says so. */
const writer = (layout: StreamWriter.Layout = StreamLayout.plain) => {
  const posts: Array<ReadonlyArray<string>> = []
  let done: (problem?: string) => void = () => assert.fail("nothing is under way")
  const made = StreamWriter.make(layout, (bodies, whenDone) => {
    posts.push(bodies)
    done = (problem) => whenDone(problem)
  })
  return {
    ...made,
    posts,
    post: (problem?: string) => Effect.zipRight(Effect.sync(() => done(problem)), Effect.yieldNow())
  }
}

const settled = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.map(Effect.zipRight(Effect.yieldNow(), Fiber.poll(fiber)), Option.isSome)

const large = "x".repeat(300 * 1024)

describe("a stream's writer", () => {
  it.effect("posts the first value at once, and what gathers meanwhile together", () =>
    Effect.gen(function*() {
      const { end, post, posts, write } = writer()
      yield* write([1])
      yield* write([2])
      yield* write([3, 4])
      expect(posts).toEqual([[`{"output":1}`]])
      yield* post()
      expect(posts.slice(1)).toEqual([[`{"output":2}`, `{"output":3}`, `{"output":4}`]])
      const ending = yield* Effect.fork(end)
      expect(yield* settled(ending)).toBe(false)
      yield* post()
      expect(yield* settled(ending)).toBe(true)
      expect(posts).toHaveLength(2)
    }))

  it.effect("lets the stream go on while little waits, and then no more", () =>
    Effect.gen(function*() {
      const { post, posts, write } = writer()
      // one is under way, one waits
      yield* write([large])
      yield* write([large])
      const third = yield* Effect.fork(write([large]))
      expect(yield* settled(third)).toBe(false)
      yield* post()
      expect(yield* settled(third)).toBe(true)
      expect(posts.map(({ length }) => length)).toEqual([1, 1])
    }))

  it.effect("lays out no more of many large values than it sends", () =>
    Effect.gen(function*() {
      const layout = StreamLayout.envelope(Codec.make(), "msgpack")
      let laidOut = 0
      const { post, write } = writer({
        ...layout,
        frames(values) {
          laidOut += values.length
          return layout.frames(values)
        }
      })
      const writing = yield* Effect.fork(write(Array.from({ length: 1000 }, () => new Uint8Array(100_000))))
      yield* Effect.yieldNow()
      expect(laidOut).toBeLessThan(12)
      for (let posts = 0; posts < 3; posts++) yield* post()
      expect(laidOut).toBeLessThan(24)
      yield* Fiber.interrupt(writing)
    }))

  it.effect("posts no more than the platform takes", () =>
    Effect.gen(function*() {
      const { end, post, posts, write } = writer(StreamLayout.envelope(Codec.make(), "json"))
      yield* write([0])
      yield* Effect.fork(write(Array.from({ length: 20 }, () => "é".repeat(100 * 1024))))
      yield* Effect.yieldNow()
      const ending = yield* Effect.fork(end)
      while (!(yield* settled(ending))) yield* post()
      expect(posts.length).toBeGreaterThan(5)
      for (const bodies of posts) {
        for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(Limits.streamBody)
      }
    }))

  it.effect("fails with why a post was refused, whoever waits and whoever comes", () =>
    Effect.gen(function*() {
      const { end, post, posts, write } = writer()
      yield* write([large])
      yield* write([large])
      const third = yield* Effect.fork(Effect.flip(write([large])))
      yield* Effect.yieldNow()
      yield* post("the platform is full")
      expect(yield* Fiber.join(third)).toBe("the platform is full")
      expect(yield* Effect.flip(write([1]))).toBe("the platform is full")
      expect(yield* Effect.flip(end)).toBe("the platform is full")
      expect(posts).toHaveLength(1)
    }))

  it.effect("refuses what cannot be carried, and what is too large for a post of its own", () =>
    Effect.gen(function*() {
      const plain = writer()
      expect(yield* Effect.flip(plain.write([1n]))).toContain("bigint")
      expect(yield* Effect.flip(plain.write(["x".repeat(Limits.streamBody)]))).toContain("a value of its stream is")
      const envelope = writer(StreamLayout.envelope(Codec.make(), "msgpack"))
      expect(yield* Effect.flip(envelope.write([() => 1]))).toContain("function")
      expect([plain.posts, envelope.posts]).toEqual([[], []])
    }))

  it.effect("that has nothing to write ends at once", () => writer().end)
})

describe("what a writer posts", () => {
  const f = remote("f", { resource: CpuLiveServerless.make("writer"), success: Schema.Unknown, stream: true })

  const readAll = (bodies: ReadonlyArray<string>, codec: Codec.Codec) => {
    const reader = ChunkReader.make({
      procedure: f as object as Procedure,
      endpoint: { id: "ep1", name: "writer" },
      jobId: "job-1",
      from: "beginning",
      codec,
      decodeValues: Effect.succeed,
      responseOf: () => undefined
    })
    return Effect.map(
      Effect.forEach(bodies, (body) => reader.read(JSON.parse(body).output)),
      (values) => values.flat()
    )
  }

  for (const format of ["msgpack", "json"] as const) {
    it.effect(`is what a reader of ${format} gets, also where posts come twice`, () =>
      Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(
            FastCheck.array(FastCheck.array(FastCheck.jsonValue(), { maxLength: 5 }), { maxLength: 8 }),
            FastCheck.integer({ min: 0, max: 700_000 }),
            async (chunks, size) => {
              // one that may be larger than a post
              const all = [...chunks, ["\"é\n".repeat(size / 3)], ["last"]].map((values) =>
                JSON.parse(JSON.stringify(values))
              )
              const codec = Codec.make()
              const { end, post, posts, write } = writer(StreamLayout.envelope(codec, format))
              const values = await Effect.runPromise(Effect.gen(function*() {
                const writing = yield* Effect.fork(Effect.zipRight(Effect.forEach(all, write), end))
                while (!(yield* settled(writing))) if (posts.length > 0) yield* post()
                yield* Fiber.join(writing)
                return yield* readAll(posts.flat().flatMap((body) => [body, body]), codec)
              }))
              expect(values).toEqual(all.flat())
              for (const body of posts.flat()) expect(Buffer.byteLength(body)).toBeLessThan(Limits.streamBody)
            }
          ),
          cases(30)
        )
      ))
  }
})
