/** Logging a command line in. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Api from "./api.ts"
import { flash119 } from "./clientDocuments.ts"

const make = Effect.fnUntraced(function*(options?: Parameters<typeof Api.make>[0]) {
  const api = yield* Api.make(options)
  /** As a command line that has no key. */
  const ask = (query: string, variables?: object) =>
    Effect.map(
      api.ask("POST", "/graphql", { body: { query, variables }, key: undefined }),
      ({ json }) => {
        const [value] = Object.values((json["data"] ?? {}) as Record<string, Record<string, unknown>>)
        return value ?? json
      }
    )
  const created = yield* ask(flash119.createAuthRequest)
  const id = String(created["id"])
  const status = ask(flash119.authRequestStatus, { flashAuthRequestId: id })
  const show = (request = id) => api.ask("GET", `/flash/login?request=${request}`, { key: undefined })
  const send = (form: Record<string, string>) =>
    api.ask("POST", "/flash/login", { body: String(new URLSearchParams({ request: id, ...form })), key: undefined })
  return { ...api, created, id, query: ask, send, show, status }
})

describe("a login", () => {
  it.scoped("is approved by who has the key, and gives it once", () =>
    Effect.gen(function*() {
      const { created, id, send, show, status } = yield* make()
      expect(created).toEqual({ id, status: "PENDING", expiresAt: "1970-01-01T00:10:00.000Z" })
      expect(yield* status).toMatchObject({ status: "PENDING", apiKey: null })
      const page = yield* show()
      expect(page.status).toBe(200)
      expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" })
      expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'")
      expect(page.value).toContain(`name="request" type="hidden" value="${id}"`)
      expect(page.value).toContain("Approve")
      for (const key of ["", "wrong"]) {
        const refused = yield* send({ decision: "approve", key })
        expect([refused.status, refused.value]).toEqual([403, expect.stringContaining("not the platform's key")])
      }
      expect(yield* status).toMatchObject({ status: "PENDING", apiKey: null })
      const approved = yield* send({ decision: "approve", key: Api.key })
      expect([approved.status, approved.value]).toEqual([200, expect.stringContaining("approved")])
      expect(approved.value).not.toContain(Api.key)
      expect(yield* status).toMatchObject({ status: "APPROVED", apiKey: Api.key })
      expect(yield* status).toMatchObject({ status: "CONSUMED", apiKey: null })
      expect((yield* show()).value).toContain("has been fetched")
    }))

  it.scoped("may be denied, by anybody", () =>
    Effect.gen(function*() {
      const { send, status } = yield* make()
      yield* send({ decision: "deny" })
      expect(yield* status).toMatchObject({ status: "DENIED", apiKey: null })
      yield* send({ decision: "approve", key: Api.key })
      expect(yield* status).toMatchObject({ status: "DENIED", apiKey: null })
    }))

  it.scoped("expires", () =>
    Effect.gen(function*() {
      const { jump, send, show, status } = yield* make()
      yield* jump(600_000)
      expect(yield* status).toMatchObject({ status: "EXPIRED", apiKey: null })
      yield* send({ decision: "approve", key: Api.key })
      expect(yield* status).toMatchObject({ status: "EXPIRED" })
      expect((yield* show()).value).toContain("expired")
    }))

  it.scoped("is approved by anyone where the platform is told so", () =>
    Effect.gen(function*() {
      const { send, show, status } = yield* make({ loginApproval: "anyone" })
      expect((yield* show()).value).not.toContain(`name="key"`)
      yield* send({ decision: "approve" })
      expect(yield* status).toMatchObject({ status: "APPROVED", apiKey: Api.key })
    }))

  it.scoped("that there is not is not invented", () =>
    Effect.gen(function*() {
      const { ask, query, send, show } = yield* make()
      const strange = `"><script>alert(1)</script>`
      const page = yield* show(encodeURIComponent(strange))
      expect(page.status).toBe(404)
      expect(page.value).not.toContain("script")
      expect((yield* send({ request: strange, decision: "approve", key: Api.key })).status).toBe(404)
      expect((yield* send({ decision: "perhaps" })).value).toContain("Approve it or deny it")
      expect((yield* ask("DELETE", "/flash/login")).status).toBe(405)
      const missing = yield* query(flash119.authRequestStatus, { flashAuthRequestId: "x" })
      assert(missing["errors"] !== undefined || missing["apiKey"] === undefined)
      expect(JSON.stringify(missing)).toContain("flash auth request x not found")
    }))

  it.scoped("asked for by the thousand pushes out the oldest", () =>
    Effect.gen(function*() {
      const { context, status } = yield* make()
      for (let n = 0; n < 1000; n++) context.logins.create()
      expect(JSON.stringify(yield* status)).toContain("not found")
    }))
})
