/** What a platform was about to tell a webhook when it ended is told by the next one on its file. */
import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Platform from "../../runtime/platform/Platform.ts"
import * as Api from "./control/api.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-webhooks-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Answers each post with 503 until it is told to take them. */
const receiver = Effect.gen(function*() {
  const refused = yield* Deferred.make<void>()
  const taken = yield* Deferred.make<unknown>()
  let takes = false
  const server = yield* Effect.acquireRelease(
    Effect.async<ReturnType<typeof createServer>>((resume) => {
      const server = createServer(async (request, response) => {
        let text = ""
        for await (const chunk of request) text += chunk
        response.writeHead(takes ? 200 : 503).end()
        Deferred.unsafeDone(takes ? taken : refused, Effect.succeed(JSON.parse(text)))
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/done`,
    refused: Deferred.await(refused),
    taken: Deferred.await(taken),
    take: Effect.sync(() => void (takes = true))
  }
})

it.scopedLive("a webhook that did not take the end of a job is told again after a restart", () =>
  Effect.gen(function*() {
    const database = join(yield* folder, "platform.db")
    const webhook = yield* receiver
    const platform = Platform.layer({ database, apiKey: Redacted.make(Api.key) })
    const id = yield* Effect.gen(function*() {
      const { handle } = yield* Platform.Platform
      const ask = (method: string, path: string, body?: unknown) =>
        Effect.map(
          handle(Api.request(method, path, { body })),
          ({ body }): { readonly id: string } => JSON.parse(body ?? "null")
        )
      const endpoint = yield* ask("POST", "/v2/serverless", Api.body({ workers: { min: 0, max: 0 } }))
      const job = yield* ask("POST", `/v2/${endpoint.id}/run`, { input: { n: 1 }, webhook: webhook.url })
      yield* ask("POST", `/v2/${endpoint.id}/cancel/${job.id}`)
      yield* webhook.refused
      return job.id
    }).pipe(Effect.provide(platform), Effect.scoped)
    yield* webhook.take
    expect(
      yield* Effect.zipRight(Platform.Platform, webhook.taken).pipe(Effect.provide(platform), Effect.scoped)
    ).toMatchObject({ id, status: "CANCELLED", input: { n: 1 }, webhook: webhook.url })
  }))
