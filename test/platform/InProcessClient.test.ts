import { HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, expect, layer } from "@effect/vitest"
import { Chunk, Effect, Layer, Redacted, Stream } from "effect"
import { Platform } from "effect-flash/local"
import * as InProcessClient from "../../runtime/platform/InProcessClient.ts"

const TestLayer = Layer.provideMerge(InProcessClient.layer, Platform.layer())

/** Asks the platform in this process, with its key. */
const ask = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function*() {
    const { apiKey } = yield* Platform.Platform
    const client = yield* HttpClient.HttpClient
    return yield* client.execute(HttpClientRequest.bearerToken(request, Redacted.value(apiKey)))
  })

const volumes = "http://platform/v2/network-volumes"

layer(TestLayer)("a request in the platform's process", (it) => {
  it.effect("is answered as one over the network, with its body, its query and its headers", () =>
    Effect.gen(function*() {
      const body = JSON.stringify({ name: "data", size: 20, dataCenter: "EU-RO-1" })
      const made = yield* ask(
        HttpClientRequest.post(volumes).pipe(HttpClientRequest.bodyText(body, "application/json"))
      )
      expect(made.status).toBe(201)
      expect(yield* made.json).toMatchObject({ name: "data", size: 20 })
      const { url } = yield* Platform.Platform
      const { apiKey } = yield* Platform.Platform
      const path = "/v2/catalog/gpus?include=AVAILABILITY&dataCenterIds=EU-RO-1"
      const inProcess = yield* ask(HttpClientRequest.get(`http://platform${path}`))
      const overNetwork = yield* Effect.promise(() =>
        fetch(`${url}${path}`, { headers: { authorization: `Bearer ${Redacted.value(apiKey)}` } })
      )
      expect(inProcess.status).toBe(overNetwork.status)
      expect(yield* inProcess.json).toEqual(yield* Effect.promise(() => overNetwork.json()))
      expect(inProcess.headers["content-type"]).toBe(overNetwork.headers.get("content-type"))
    }))

  it.effect("is refused without the key", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      expect((yield* client.get(volumes)).status).toBe(401)
    }))

  it.effect("can be read as text, as bytes and as a stream", () =>
    Effect.gen(function*() {
      const text = yield* (yield* ask(HttpClientRequest.get(volumes))).text
      expect(text.startsWith("{")).toBe(true)
      const bytes = yield* (yield* ask(HttpClientRequest.get(volumes))).arrayBuffer
      expect(new TextDecoder().decode(bytes)).toBe(text)
      const chunks = yield* Stream.runCollect((yield* ask(HttpClientRequest.get(volumes))).stream)
      expect(Buffer.concat(Chunk.toReadonlyArray(chunks)).toString()).toBe(text)
    }))

  it.effect("that is dropped fails as a connection does that breaks", () =>
    Effect.gen(function*() {
      const { faults } = yield* Platform.Platform
      faults.add([{ fail: "drop" }])
      const error = yield* Effect.flip(ask(HttpClientRequest.get(volumes)))
      assert(error._tag === "RequestError")
      expect(error.reason).toBe("Transport")
      expect((yield* ask(HttpClientRequest.get(volumes))).status).toBe(200)
    }))
})
