/** Payloads and results on their way through HTTP, and what cannot go that way. */
import { HttpApiSchema } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, InvalidRoute, remote } from "effect-flash"
import type { Procedure } from "../../../src/Endpoint.ts"
import * as Endpoint from "../../../src/Endpoint.ts"
import * as HttpRoute from "../../../src/invoke/http/HttpRoute.ts"
import * as RouteRequest from "../../../src/invoke/http/RouteRequest.ts"
import * as RouteResponse from "../../../src/invoke/http/RouteResponse.ts"
import { fieldsOf, segmentsOf } from "../../../src/protocol/Route.ts"

const lb = CpuLiveLoadBalancer.make("api")

const routeOf = (procedure: Procedure) => Either.getOrThrow(HttpRoute.make(procedure))

/** The request of a payload. */
const request = (procedure: Procedure, payload: unknown) => {
  const route = routeOf(procedure)
  return Effect.flatMap(
    Endpoint.payloadEncoder(procedure)(payload),
    (encoded) => RouteRequest.encode(route, route.payload, encoded)
  )
}

/** What a server makes of a request. */
const receive = (procedure: Procedure, { body = "", headers, target }: RouteRequest.HttpRequest) => {
  const route = routeOf(procedure)
  const url = new URL(target, "http://host")
  const texts = url.pathname.split("/").slice(1).map(decodeURIComponent)
  const path = Object.fromEntries(
    segmentsOf(route.path).flatMap((segment, index) =>
      segment._tag === "Field" ? [[segment.name, texts[index] ?? ""]] : []
    )
  )
  return RouteRequest.decode(route.payload, {
    path,
    query: url.searchParams,
    contentType: headers["content-type"],
    body: typeof body === "string" ? Buffer.from(body) : body
  }).pipe(
    Effect.flatMap((encoded) => Schema.decode(Endpoint.payloadSchema(procedure))(encoded)),
    Effect.mapError(String)
  )
}

const roundTrip = (procedure: Procedure, payload: unknown) =>
  Effect.flatMap(request(procedure, payload), (sent) => receive(procedure, sent))

const everything = {
  id: Schema.Int,
  name: Schema.String,
  on: Schema.Boolean,
  when: Schema.Date,
  kind: Schema.Literal("a", "b", 3),
  tags: Schema.Array(Schema.String),
  note: Schema.optional(Schema.String)
}

const samples = [
  { id: 1, name: "Ada", on: true, when: new Date(5), kind: "a", tags: [] },
  { id: -7, name: "a/b ?&=%#+ä\u{1F600}", on: false, when: new Date(0), kind: 3, tags: ["x", "", "y,z"], note: "" }
] as const

describe("a payload", () => {
  for (const method of ["GET", "DELETE", "POST", "PUT", "PATCH"] as const) {
    it.effect(`of plain fields goes through ${method} and comes out equal`, () =>
      Effect.gen(function*() {
        const f = remote("f", { resource: lb, method, path: "/things/{id}/{name}", payload: everything })
        for (const sample of samples) expect(yield* roundTrip(f, sample)).toEqual(sample)
      }))
  }

  it.effect("fills the path, and the query or the body with what is left", () =>
    Effect.gen(function*() {
      const payload = { id: Schema.Int, q: Schema.String, tags: Schema.Array(Schema.Int) }
      const get = remote("get", { resource: lb, method: "GET", path: "/x/{id}", payload })
      const post = remote("post", { resource: lb, method: "POST", path: "/x/{id}", payload })
      const value = { id: 4, q: "a b", tags: [1, 2] }
      expect(yield* request(get, value)).toEqual({
        method: "GET",
        target: "/x/4?q=a+b&tags=1&tags=2",
        headers: {},
        body: undefined
      })
      expect(yield* request(post, value)).toEqual({
        method: "POST",
        target: "/x/4",
        headers: { "content-type": "application/json" },
        body: `{"q":"a b","tags":[1,2]}`
      })
    }))

  it.effect("with bytes is a form", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: lb,
        method: "POST",
        path: "/images/{id}",
        payload: {
          id: Schema.String,
          image: Schema.Uint8ArrayFromSelf,
          mask: Schema.Uint8Array,
          size: Schema.Struct({ width: Schema.Int }),
          scale: Schema.Number
        }
      })
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      const payload = { id: "i", image: bytes, mask: new Uint8Array([13, 10, 45, 45]), size: { width: 3 }, scale: 0.5 }
      const sent = yield* request(f, payload)
      expect(sent.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/)
      expect(yield* receive(f, sent)).toEqual(payload)
      const wrong = { ...sent, headers: { "content-type": "text/plain" } }
      expect(yield* Effect.flip(receive(f, wrong))).toContain("not multipart/form-data")
      const cut = { ...sent, body: (sent.body as Uint8Array).slice(0, -20) }
      expect(yield* Effect.flip(receive(f, cut))).toContain("not a whole form")
    }))

  it.effect("may be bytes alone, a list, or nothing", () =>
    Effect.gen(function*() {
      const bytes = remote("f", { resource: lb, method: "PUT", path: "/", payload: Schema.Uint8ArrayFromSelf })
      expect((yield* request(bytes, new Uint8Array([1]))).headers).toEqual({
        "content-type": "application/octet-stream"
      })
      expect(yield* roundTrip(bytes, new Uint8Array([1, 0, 255]))).toEqual(new Uint8Array([1, 0, 255]))
      const list = remote("f", { resource: lb, method: "POST", path: "/", payload: Schema.Array(Schema.Number) })
      expect(yield* roundTrip(list, [1, 2])).toEqual([1, 2])
      const nothing = remote("f", { resource: lb, method: "POST", path: "/" })
      expect(yield* request(nothing, undefined)).toMatchObject({ body: undefined, headers: {} })
      expect(yield* roundTrip(nothing, undefined)).toBeUndefined()
    }))

  it.effect("that a URL would change is refused before it is sent", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: lb,
        method: "GET",
        path: "/{id}",
        payload: { id: Schema.String, tags: Schema.optional(Schema.Array(Schema.String)) }
      })
      for (const id of ["", ".", ".."]) expect(yield* Effect.flip(request(f, { id }))).toContain("id: ")
      expect(yield* Effect.flip(request(f, { id: "x", tags: [] }))).toContain("tags: ")
      const json = remote("f", { resource: lb, method: "POST", path: "/", payload: { n: Schema.Number } })
      expect(yield* Effect.flip(request(json, { n: NaN }))).toContain("NaN")
    }))

  it.effect("of another form than its schema is told apart", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: lb, method: "POST", path: "/{id}", payload: { id: Schema.Int, n: Schema.Int } })
      const send = (target: string, body: string, type = "application/json") =>
        Effect.flip(receive(f, { method: "POST", target, headers: { "content-type": type }, body }))
      expect(yield* send("/x", `{"n":1}`)).toContain(`actual "x"`)
      expect(yield* send("/1", `{"n":`)).toContain("not JSON")
      expect(yield* send("/1", `[]`)).toContain("not a JSON object")
      expect(yield* send("/1", `n=1`, "application/x-www-form-urlencoded")).toContain("not application/json")
    }))
})

describe("an answer", () => {
  class NotHere extends Schema.TaggedError<NotHere>()(
    "NotHere",
    { id: Schema.Int },
    HttpApiSchema.annotations({ status: 404 })
  ) {}
  class Plain extends Schema.TaggedError<Plain>()("Plain", {}) {}
  class Empty extends HttpApiSchema.EmptyError<Empty>()({ tag: "Empty", status: 409 }) {}

  const f = remote("f", {
    resource: lb,
    method: "GET",
    path: "/",
    success: Schema.Struct({ at: Schema.Date }),
    error: Schema.Union(NotHere, Plain, Empty)
  })
  const { response } = routeOf(f)
  const failing = (error: unknown) => RouteResponse.encode(response, RouteResponse.failed(error))
  const read = (reply: RouteResponse.HttpReply) => Either.getOrThrow(RouteResponse.decode(response, reply))

  it("has the status of its success, and of each error", () => {
    const success = RouteResponse.encode(response, {
      protocol_version: 1,
      serialization_format: "json",
      success: true,
      result: { at: "1970-01-01T00:00:00.000Z" }
    })
    expect(success).toMatchObject({ status: 200, body: `{"at":"1970-01-01T00:00:00.000Z"}` })
    expect(read(success)).toMatchObject({ success: true, result: { at: "1970-01-01T00:00:00.000Z" } })
    expect(failing({ _tag: "NotHere", id: 3 })).toMatchObject({ status: 404, body: `{"_tag":"NotHere","id":3}` })
    expect(failing({ _tag: "Plain" }).status).toBe(500)
    expect(failing(undefined)).toMatchObject({ status: 409, body: "" })
    for (const error of [{ _tag: "NotHere", id: 3 }, { _tag: "Plain" }, undefined]) {
      expect(read(failing(error))?.error).toMatchObject({ _tag: "fail", cause: { _tag: "Fail", error } })
    }
  })

  it("of a worker that is not ours is known by status and body", () => {
    const foreign = (status: number, body: string) => read({ status, headers: {}, body })
    expect(foreign(200, `{"at":"x"}`)).toMatchObject({ success: true })
    expect(foreign(404, `{"_tag":"NotHere","id":3}`)).toMatchObject({ error: { _tag: "fail" } })
    expect(foreign(404, "no such page")).toBeUndefined()
    expect(foreign(502, `{"_tag":"NotHere","id":3}`)).toBeUndefined()
  })

  it("without a result is 204, and bytes and texts are themselves", () => {
    const encode = (procedure: Procedure, result: unknown) => {
      const layout = routeOf(procedure).response
      const reply = RouteResponse.encode(layout, {
        protocol_version: 1,
        serialization_format: "json",
        success: true,
        result
      })
      const back = Either.getOrThrow(RouteResponse.decode(layout, reply))
      return { ...reply, back: back?.result }
    }
    const at = { resource: lb, method: "GET", path: "/" } as const
    expect(encode(remote("f", at), undefined)).toMatchObject({ status: 204, body: "" })
    expect(encode(remote("f", { ...at, success: HttpApiSchema.Created }), undefined)).toMatchObject({ status: 201 })
    const bytes = new Uint8Array([0, 255])
    expect(encode(remote("f", { ...at, success: Schema.Uint8ArrayFromSelf }), bytes)).toMatchObject({
      headers: { "content-type": "application/octet-stream" },
      body: bytes,
      back: bytes
    })
    const text = Schema.String.pipe(HttpApiSchema.withEncoding({ kind: "Text", contentType: "text/plain" }))
    expect(encode(remote("f", { ...at, success: text }), "a")).toMatchObject({ body: "a", back: "a" })
    expect(encode(remote("f", { ...at, success: Schema.String }), "a")).toMatchObject({ body: `"a"`, back: "a" })
  })

  it("that no error schema knows, or that JSON cannot carry, is not taken for one", () => {
    expect(failing({ _tag: "Unknown" })).toMatchObject({ headers: { "x-flash-outcome": "defect" } })
    const unknown = remote("f", { resource: lb, method: "GET", path: "/", success: Schema.Unknown })
    const reply = RouteResponse.encode(routeOf(unknown).response, {
      protocol_version: 1,
      serialization_format: "json",
      success: true,
      result: 1n
    })
    expect(reply).toMatchObject({ status: 500, headers: { "x-flash-outcome": "rejected" } })
  })
})

describe("a declaration", () => {
  const declare = (options: object) => () => remote("f", { resource: lb, ...options } as never)
  const wrong: ReadonlyArray<readonly [options: object, says: string]> = [
    [{}, "needs a method and a path"],
    [{ method: "GET" }, "path: "],
    [{ method: "get", path: "/" }, "method: "],
    [{ method: "GET", path: "x" }, "begins with"],
    [{ method: "GET", path: "/ping" }, "served by every worker"],
    [{ method: "GET", path: "/a?b=1" }, `holds "?"`],
    [{ method: "GET", path: "/:id" }, `write "{id}"`],
    [{ method: "GET", path: "/{id}.json" }, "whole segment"],
    [{ method: "GET", path: "/{id}/{id}", payload: { id: Schema.Int } }, "twice"],
    [{ method: "GET", path: "/{id}" }, "is no field"],
    [{ method: "GET", path: "/{id}", payload: { x: Schema.Int } }, "is no field"],
    [{ method: "GET", path: "/{id}", payload: { id: Schema.optional(Schema.Int) } }, "optional"],
    [{ method: "GET", path: "/", payload: Schema.Array(Schema.Int) }, "struct"],
    [{ method: "GET", path: "/", payload: { x: Schema.Struct({ y: Schema.Int }) } }, "x: "],
    [{ method: "GET", path: "/", payload: { x: Schema.NullOr(Schema.Int) } }, "null"],
    [
      { method: "GET", path: "/", payload: { x: Schema.Union(Schema.Int, Schema.String) } },
      "one value of it or another"
    ],
    [{ method: "GET", path: "/", payload: { x: Schema.Uint8ArrayFromSelf } }, "no bytes"],
    [{ method: "POST", path: "/", payload: { x: Schema.DateFromSelf } }, "x: "],
    [{ method: "POST", path: "/", payload: { x: Schema.Struct({ y: Schema.BigIntFromSelf }) } }, "bigint"],
    [{ method: "POST", path: "/", success: Schema.DateFromSelf }, "its success"],
    [{ method: "POST", path: "/", error: Schema.Struct({ x: Schema.BigIntFromSelf }) }, "its error"]
  ]
  for (const [options, says] of wrong) {
    it(`with ${says} is refused: ${Object.keys(options).join(", ")}`, () => {
      expect(declare(options)).toThrowError(InvalidRoute)
      expect(declare(options)).toThrowError(says)
    })
  }

  it("of a queue has no route", () => {
    const queue = CpuLiveServerless.make("queue")
    expect(() => remote("f", { resource: queue, method: "GET", path: "/" } as never)).toThrowError("it is a queue")
  })

  it("names its placeholders in order", () => {
    expect(fieldsOf("/a/{b}/c/{d}")).toEqual(["b", "d"])
  })
})
