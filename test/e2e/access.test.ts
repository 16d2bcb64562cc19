/** Who may ask the embedded platform what: each of its routes over HTTP, and where it listens. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { GraphQLObjectType } from "graphql"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import * as Graphql from "../../runtime/platform/control/graphql/Graphql.ts"
import * as Router from "../../runtime/platform/control/Router.ts"
import * as Api from "../platform/control/api.ts"

/** Of RunPod; the account's key opens the rest (reference: what GraphQL answers without a key). */
const publicFields = [
  "allAiApiPublicConfigs",
  "createFlashAuthRequest",
  "dataCenters",
  "flashAuthRequestStatus",
  "gpuTypes",
  "listing",
  "listingFromRepo",
  "listings"
]

interface Asked {
  readonly method?: string
  readonly path: string
  readonly key?: string | undefined
  readonly host?: string
  readonly body?: unknown
}

const ask = ({ body, host, key, method = "GET", path }: Asked) =>
  Effect.flatMap(
    Platform.Platform,
    ({ url }) =>
      Effect.async<{ readonly status: number; readonly text: string }>((resume) => {
        const { hostname, port } = new URL(url)
        const content = body === undefined ? "" : JSON.stringify(body)
        const sent = httpRequest({
          hostname,
          port,
          method,
          path,
          headers: {
            "content-length": Buffer.byteLength(content),
            ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
            ...(host === undefined ? {} : { host })
          }
        }, (response) => {
          let text = ""
          response.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
            .on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, text })))
        })
        sent.end(content)
      })
  )

const account = Effect.map(Platform.Platform, ({ apiKey }) => Redacted.value(apiKey))

const create = (body: object) =>
  Effect.flatMap(account, (key) =>
    Effect.map(
      ask({ method: "POST", path: "/v2/serverless", key, body }),
      ({ text }) => String(JSON.parse(text)["id"])
    ))

/** An endpoint of each kind, without workers, and a job that waits. */
const made = Effect.gen(function*() {
  const key = yield* account
  const queue = yield* create(Api.body({ name: "queue", workers: { min: 0, max: 0 } }))
  const balanced = yield* create(Api.body({
    name: "balanced",
    type: "LOAD_BALANCER",
    scaling: { type: "REQUEST_COUNT", requestCount: 1 },
    workers: { min: 0, max: 0 }
  }))
  const { text } = yield* ask({ method: "POST", path: `/v2/${queue}/run`, key, body: { input: "secret" } })
  return { queue, balanced, job: String(JSON.parse(text)["id"]) }
})

/** Keys that are none: no key, one of another platform's account, and what looks like the key. */
const strangers = (own: string, other: string): ReadonlyArray<string | undefined> => [
  undefined,
  other,
  own.toLowerCase(),
  `${own}x`,
  own.slice(0, -1)
]

layer(Platform.layer(), { excludeTestServices: true })("the embedded platform", (it) => {
  it.scoped(
    "refuses whoever has no key or that of another account, on every route it has, and tells nothing",
    () =>
      Effect.gen(function*() {
        const key = yield* account
        const { job, queue } = yield* made
        const { apiKey } = yield* Effect.flatMap(
          Layer.build(Platform.layer()),
          (context) => Effect.provide(Platform.Platform, context)
        )
        const { router } = yield* Api.make()
        const fronts = Router.fronts(router)
        expect(fronts.filter(({ access }) => access === "anyone").map(({ name }) => name)).toEqual(["login"])
        let asked = 0
        for (const { access, name, routes } of fronts) {
          if (access === "anyone") {
            continue
          }
          for (const route of routes) {
            const [method = "", pattern = ""] = route.split(" ")
            // of what is there, and of what is not
            for (const id of [queue, "nothing"]) {
              const path = pattern.replaceAll(/:\w*[jJ]ob\w*/g, job).replaceAll(/:\w+/g, id)
              const answers = yield* Effect.forEach(
                strangers(key, Redacted.value(apiKey)),
                (key) => ask({ method, path, key, body: { input: 1, query: "{ myself { id } }" } })
              )
              asked += answers.length
              expect([name, route, answers.map(({ status }) => status)]).toEqual([name, route, answers.map(() => 401)])
              for (const { text } of answers) expect(text).not.toMatch(/secret|rpa_|queue/)
            }
          }
        }
        expect(asked).toBeGreaterThan(1500)
        // none of it has had an effect
        const { text } = yield* ask({ path: `/v2/${queue}/status/${job}`, key })
        expect(JSON.parse(text)).toMatchObject({ status: "IN_QUEUE" })
      }),
    60_000
  )

  it.scoped("has no route that the walk does not know", () =>
    Effect.gen(function*() {
      const { router } = yield* Api.make()
      const fronts = Router.fronts(router)
      // what is listed below a front is answered by it, and by no other
      for (const front of fronts) {
        expect(front.routes.length).toBeGreaterThan(0)
        for (const route of front.routes) {
          const path = (route.split(" ")[1] ?? "").split("/").slice(1)
          expect([route, fronts.find(({ takes }) => takes(path))?.name]).toEqual([route, front.name])
        }
      }
    }))

  it.scoped("refuses whoever has no key on every field of GraphQL but those that are public", () =>
    Effect.gen(function*() {
      const schema = Graphql.schema()
      const open: Array<string> = []
      for (const [operation, type] of [["query", schema.getQueryType()], ["mutation", schema.getMutationType()]]) {
        if (!(type instanceof GraphQLObjectType)) throw new Error(`there is no ${String(operation)}`)
        for (const field of Object.keys(type.getFields())) {
          for (const key of [undefined, "rpa_OTHER"]) {
            const body = { query: `${String(operation)} { ${field} }` }
            const { status } = yield* ask({ method: "POST", path: "/graphql", key, body })
            if (status !== 401) open.push(field)
          }
        }
      }
      expect([...new Set(open)].sort()).toEqual(publicFields)
      const hidden = [
        "{ gpuTypes { id } myself { id } }",
        "{ gpuTypes: myself { id } }",
        "query { ...f } fragment f on Query { myself { id } }",
        "{ ... on Query { myself { id } } }",
        "query a { gpuTypes { id } } query b { myself { id } }"
      ]
      for (const query of hidden) {
        const { status } = yield* ask({ method: "POST", path: "/graphql", body: { query, operationName: "b" } })
        expect([query, status]).toEqual([query, 401])
      }
    }))

  it.scoped("refuses them at its load balancer, by host and by path, for a request and for an upgrade", () =>
    Effect.gen(function*() {
      const key = yield* account
      const { balanced, queue } = yield* made
      const { url } = yield* Platform.Platform
      for (const id of [balanced, queue, "nothing", "flash"]) {
        for (const stranger of strangers(key, "rpa_OTHER")) {
          for (const method of ["GET", "POST", "DELETE"]) {
            for (const at of [{ path: `/lb/${id}/x` }, { path: "/x", host: `${id}.localhost` }]) {
              const { status, text } = yield* ask({ ...at, method, key: stranger })
              expect([id, at, status]).toEqual([id, at, 401])
              expect(text).not.toContain("balanced")
            }
          }
        }
        const upgraded = yield* Effect.async<string>((resume) => {
          const socket = connect(Number(new URL(url).port), "127.0.0.1")
          socket.setEncoding("utf8").once("data", (text: string) => {
            socket.destroy()
            resume(Effect.succeed(text))
          })
          socket.write(`GET /lb/${id}/x HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
        })
        expect(upgraded).toMatch(/^HTTP\/1\.1 401 /)
      }
      expect((yield* ask({ path: `/lb/${balanced}/x`, key })).status).toBe(400)
    }))
})

/** Whether somebody listens there. */
const answers = (host: string, port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resume(Effect.succeed(answer))
    }
    socket.once("connect", () => end(true)).once("error", () => end(false)).once("timeout", () => end(false))
  })

/** The addresses that a process listens on, as Linux writes them. */
const listening = (pid: number): ReadonlyArray<string> => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  )
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1).flatMap((line) => {
      const columns = line.trim().split(/\s+/)
      const [, local = "", , state] = columns
      return state === "0A" && inodes.has(columns[9] ?? "") ? [local.split(":")[0] ?? ""] : []
    })
  )
}

describe.skipIf(process.platform !== "linux")("the embedded platform and its workers", () => {
  it.scopedLive("listen on the loopback address alone", () =>
    Effect.gen(function*() {
      const { url, workerPids } = yield* Platform.Platform
      const port = Number(new URL(url).port)
      expect(yield* answers("127.0.0.1", port)).toBe(true)
      // this machine's as well, and another address
      expect(yield* answers("127.0.0.2", port)).toBe(false)
      const id = yield* create(Api.body({
        name: "balanced",
        type: "LOAD_BALANCER",
        scaling: { type: "REQUEST_COUNT", requestCount: 1 },
        workers: { min: 1, max: 1 },
        env: { FLASH_MODULE: new URL("./plainWorker.mjs", import.meta.url).href, FLASH_IS_LIVE_PROVISIONING: "false" }
      }))
      const addresses = yield* Effect.sync(() => undefined).pipe(
        Effect.zipRight(workerPids(id)),
        Effect.map((pids) => pids.flatMap(listening)),
        Effect.repeat({ until: (found) => found.length > 0 }),
        Effect.timeout("15 seconds")
      )
      expect(new Set(addresses)).toEqual(new Set(["0100007F"]))
    }).pipe(Effect.provide(Platform.layer())))

  it.scopedLive("listen elsewhere where they are told to", () =>
    Effect.gen(function*() {
      const { url } = yield* Platform.Platform
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(yield* answers("127.0.0.2", Number(new URL(url).port))).toBe(true)
    }).pipe(Effect.provide(Platform.layer({ host: "0.0.0.0" }))))
})
