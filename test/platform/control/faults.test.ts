/** Faults on demand. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option, TestClock } from "effect"
import * as Stock from "../../../runtime/platform/control/catalog/Stock.ts"
import * as Faults from "../../../runtime/platform/control/Faults.ts"
import type { Reply } from "../../../runtime/platform/http/HttpServer.ts"
import * as Api from "./api.ts"
import { flash } from "./clientDocuments.ts"

const create = { body: Api.body() }

/** A platform with faults from the start. */
const withFaults = (...faults: ReadonlyArray<Faults.Fault>) => Api.make({ faults: Faults.make(faults) })

describe("a fault", () => {
  it.scoped("strikes the n-th request that matches, and no other", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* withFaults(
        { method: "post", path: "/v2/serverless", skip: 1, times: 2, fail: 500 }
      )
      const statuses: Array<number> = []
      for (let n = 0; n < 5; n++) {
        statuses.push((yield* ask("POST", "/v2/serverless", create)).status)
        // others are not counted
        expect((yield* ask("GET", "/v2/serverless")).status).toBe(200)
      }
      expect(statuses).toEqual([201, 500, 500, 201, 201])
      expect(control.endpoints.list()).toHaveLength(3)
    }))

  it.scoped("fails a request before it took effect, or after", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* withFaults(
        { path: "/v2/serverless", fail: 503, when: "before" },
        { path: "/v2/serverless", fail: 503, when: "after" }
      )
      const before = yield* ask("POST", "/v2/serverless", create)
      expect([before.status, before.json["title"]]).toEqual([503, "Injected Fault"])
      expect(control.endpoints.list()).toHaveLength(0)
      expect((yield* ask("POST", "/v2/serverless", create)).status).toBe(503)
      expect(control.endpoints.list()).toHaveLength(1)
      expect((yield* ask("POST", "/v2/serverless", create)).status).toBe(201)
    }))

  it.scoped("may be a refusal for now", () =>
    Effect.gen(function*() {
      const { ask } = yield* withFaults({ fail: 429, retryAfter: 7 })
      const { headers, status } = yield* ask("GET", "/v2/serverless")
      expect([status, headers["retry-after"], headers["content-type"]]).toEqual([429, "7", "application/problem+json"])
    }))

  it.scoped("breaks the connection, before or after", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* withFaults({ fail: "drop" }, { fail: "drop", when: "after" })
      expect((yield* ask("POST", "/v2/serverless", create)).reply.isDropped).toBe(true)
      expect(control.endpoints.list()).toHaveLength(0)
      expect((yield* ask("POST", "/v2/serverless", create)).reply.isDropped).toBe(true)
      expect(control.endpoints.list()).toHaveLength(1)
    }))

  it.scoped("never answers, before or after, and says whom while they wait", () =>
    Effect.gen(function*() {
      const faults = Faults.make([{ fail: "timeout" }, { fail: "timeout", when: "after" }])
      const { ask, control } = yield* Api.make({ faults })
      for (const expected of [0, 1]) {
        const asking = yield* Effect.fork(ask("POST", "/v2/serverless", create))
        yield* Effect.yieldNow()
        expect(Option.isNone(yield* Fiber.poll(asking))).toBe(true)
        expect(faults.unanswered()).toEqual([{ method: "POST", path: "/v2/serverless" }])
        yield* Fiber.interrupt(asking)
        expect(faults.unanswered()).toEqual([])
        expect(control.endpoints.list()).toHaveLength(expected)
      }
    }))

  it.effect("makes a request late", () =>
    Effect.gen(function*() {
      const faults = Faults.make([{ delay: 1500 }])
      const reply: Reply = { status: 200 }
      const asking = yield* Effect.fork(faults.strike(Api.request("GET", "/x"), () => Effect.succeed(reply)))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("1499 millis")
      expect(Option.isNone(yield* Fiber.poll(asking))).toBe(true)
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(asking)).toBe(reply)
    }))

  it.effect("strikes a share of the requests that match, until it is taken back", () =>
    Effect.gen(function*() {
      const throws = [0.2, 0.7, 0.29, 0.3, 0]
      const faults = Faults.make([{ rate: 0.3, fail: 500 }], () => throws.shift() ?? 1)
      const reply: Reply = { status: 200 }
      const statuses: Array<number> = []
      for (let n = 0; n < 6; n++) {
        statuses.push((yield* faults.strike(Api.request("GET", "/x"), () => Effect.succeed(reply))).status)
      }
      expect(statuses).toEqual([500, 200, 500, 200, 500, 200])
      expect(faults.list()).toEqual([{ rate: 0.3, fail: 500, skip: 0 }])
    }))

  it.effect("may strike a share so many times and no more", () =>
    Effect.gen(function*() {
      const faults = Faults.make([{ rate: 0.5, times: 2, fail: 500 }], () => 0.4)
      const reply: Reply = { status: 200 }
      const strike = Effect.map(
        Effect.suspend(() => faults.strike(Api.request("GET", "/x"), () => Effect.succeed(reply))),
        ({ status }) => status
      )
      expect([yield* strike, yield* strike, yield* strike]).toEqual([500, 500, 200])
    }))

  it.scoped("tells the handler that its reply did not arrive", () =>
    Effect.gen(function*() {
      let told = 0
      const answer = () => Effect.succeed({ status: 200, undelivered: () => void told++ })
      const faults = Faults.make([{ fail: "drop", when: "after" }])
      yield* faults.strike(Api.request("GET", "/x"), answer)
      yield* faults.strike(Api.request("GET", "/x"), answer)
      expect(told).toBe(1)
    }))

  it.scoped("finds requests by patterns of their path and by their body", () =>
    Effect.gen(function*() {
      const { ask } = yield* withFaults(
        { path: "/v2/*/run", fail: 500, times: 100 },
        { path: "/rest/**", fail: 502, times: 100 },
        { contains: "createFlashApp(", fail: 504, times: 100 }
      )
      const graphql = (query: string, variables = {}) => ask("POST", "/graphql", { body: { query, variables } })
      expect((yield* ask("POST", "/v2/any/run")).status).toBe(500)
      expect((yield* ask("POST", "/v2/any/runsync")).status).toBe(404)
      expect((yield* ask("POST", "/v2/any/more/run")).status).toBe(404)
      expect((yield* ask("GET", "/rest/v2/serverless")).status).toBe(502)
      expect((yield* ask("GET", "/v2/serverless")).status).toBe(200)
      expect((yield* graphql(flash.createFlashApp, { input: { name: "x" } })).status).toBe(504)
      expect((yield* graphql(flash.getFlashApps)).status).toBe(200)
    }))
})

describe("faults over HTTP", () => {
  it.scoped("are added, listed and taken back, with the account's key alone", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const path = "/_platform/faults"
      for (const key of [undefined, "wrong"]) {
        expect((yield* ask("POST", path, { key, body: { fail: 500 } })).status).toBe(401)
      }
      const added = yield* ask("POST", path, { body: { path: "/v2/**", fail: 500, times: 3 } })
      expect(added.status).toBe(201)
      yield* ask("POST", path, { body: [{ fail: "drop" }, { delay: 1 }] })
      expect((yield* ask("GET", "/v2/serverless")).status).toBe(500)
      expect((yield* ask("GET", path)).json).toEqual({
        faults: [
          { path: "/v2/**", fail: 500, times: 2, skip: 0 },
          { fail: "drop", times: 1, skip: 0 },
          { delay: 1, times: 1, skip: 0 }
        ],
        unanswered: []
      })
      expect((yield* ask("DELETE", path)).status).toBe(204)
      expect((yield* ask("GET", "/v2/serverless")).status).toBe(200)
      expect((yield* ask("PUT", path)).status).toBe(405)
    }))

  it.scoped("are refused where they make no sense", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      for (
        const body of [{ fail: "explode" }, { fail: 99 }, { rate: 1.1 }, { rate: -1 }, { times: 0 }, { skip: -1 }, {
          nth: 3
        }, "x"]
      ) {
        expect([400, 422]).toContain((yield* ask("POST", "/_platform/faults", { body })).status)
      }
      expect((yield* ask("GET", "/_platform/faults")).json).toEqual({ faults: [], unanswered: [] })
    }))
})

describe("stock and clock over HTTP", () => {
  it.scoped("are read and set with the account's key alone", () =>
    Effect.gen(function*() {
      const stocks = Stock.make({ ADA_24: "LOW" })
      const clock = { speed: 1 }
      const { ask } = yield* Api.make({
        rehearsal: { faults: Faults.make(), stocks, clock },
        stock: stocks.stock
      })
      const levelOf = Effect.map(
        ask("GET", "/v2/catalog/gpus/NVIDIA GeForce RTX 4090?include=AVAILABILITY&product=SERVERLESS"),
        ({ json }) => json["availability"]
      )
      expect((yield* ask("PUT", "/_platform/stock", { key: "wrong", body: {} })).status).toBe(401)
      expect((yield* ask("PUT", "/_platform/clock", { key: undefined, body: { speed: 2 } })).status).toBe(401)
      expect((yield* ask("GET", "/_platform/stock")).json).toEqual({ stock: { ADA_24: "LOW" } })
      expect(yield* levelOf).toBe("LOW")
      const next = { "NVIDIA GeForce RTX 4090": "NONE", cpu3c: "MEDIUM" }
      expect((yield* ask("PUT", "/_platform/stock", { body: next })).json).toEqual({ stock: next })
      expect(yield* levelOf).toBe("NONE")
      expect((yield* ask("PUT", "/_platform/stock", { body: { ADA_24: "PLENTY" } })).status).toBe(422)
      expect((yield* ask("DELETE", "/_platform/stock")).status).toBe(204)
      expect(yield* levelOf).toBe("HIGH")

      expect((yield* ask("PUT", "/_platform/clock", { body: { speed: 60 } })).json).toEqual({ speed: 60 })
      expect(clock.speed).toBe(60)
      expect((yield* ask("GET", "/_platform/clock")).json).toEqual({ speed: 60 })
      for (const speed of [0, -1, 1001, "fast"]) {
        expect((yield* ask("PUT", "/_platform/clock", { body: { speed } })).status).toBe(422)
      }
      expect((yield* ask("GET", "/_platform/nothing")).status).toBe(404)
    }))
})
