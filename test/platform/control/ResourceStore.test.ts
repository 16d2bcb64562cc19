import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Either, Exit, Redacted, Scope } from "effect"
import Database from "libsql"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Control from "../../../runtime/platform/control/Control.ts"
import * as ResourceStore from "../../../runtime/platform/control/ResourceStore.ts"
import * as JobStore from "../../../runtime/platform/jobs/JobStore.ts"
import { draft, template } from "./drafts.ts"

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-resources-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "platform.db")
)

const volume = (id: string, size = 10) => ({
  id,
  name: id,
  size,
  dataCenterId: "EU-RO-1",
  type: "STANDARD" as const,
  flashEnvironmentId: null,
  createdAt: 1
})

describe("the store of resources", () => {
  it.effect("gives a restarted platform what it had, in its order, beside the jobs of the same file", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const path = yield* Scope.extend(file, scope)
      const before = yield* Effect.scoped(Effect.gen(function*() {
        const control = yield* Control.make(yield* ResourceStore.make(path))
        yield* JobStore.make(path)
        const { endpoint } = yield* control.endpoints.create(
          draft({ name: "a", env: { NUL: "a\u0001b", "ключ": "значение" } }),
          template()
        )
        yield* control.endpoints.create(draft({ name: "b" }), template({ name: "other" }))
        const found = yield* control.endpoints.find(endpoint.id)
        yield* control.endpoints.save({ ...found, template: { ...found.template, image: "my/image:2" } })
        yield* control.secrets.create({ name: "TOKEN", value: Redacted.make("s3cret"), description: "" })
        return { endpoints: control.endpoints.list(), account: control.account() }
      }))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* JobStore.make(path)
        const control = yield* Control.make(yield* ResourceStore.make(path))
        const endpoints = control.endpoints.list()
        expect(endpoints).toEqual(before.endpoints)
        const [first] = endpoints
        assert(first !== undefined)
        expect(Redacted.value(first.endpoint.aiKey)).toMatch(/^rpa_/)
        expect(first.endpoint.version).toBe(2)
        expect(control.endpoints.releases(first.endpoint.id).map(({ version }) => version)).toEqual([2, 1])
        expect(control.account()).toEqual(before.account)
        expect(control.secrets.reveal({ A: "{{ RUNPOD_SECRET_TOKEN }}" })).toEqual({ A: "s3cret" })
      }))
      yield* Scope.close(scope, Exit.void)
    }))

  it.scoped("writes all of its changes or none", () =>
    Effect.gen(function*() {
      const path = yield* file
      const store = yield* ResourceStore.make(path)
      yield* store.commit([ResourceStore.put("networkVolumes", volume("a"))])
      const circle: Array<unknown> = []
      circle.push(circle)
      const result = store.commit([
        ResourceStore.remove("networkVolumes", "a"),
        ResourceStore.put("flashBuilds", { id: "b", appId: "x", objectKey: "k", manifest: circle, createdAt: 1 })
      ])
      assert(Either.isLeft(result))
      expect(result.left.message).toContain("circular")
      expect(store.networkVolumes.get("a")).toBeDefined()
      expect(store.flashBuilds.all()).toEqual([])
      // and it goes on
      yield* store.commit([ResourceStore.put("networkVolumes", volume("a", 20))])
      expect(store.networkVolumes.all()).toEqual([volume("a", 20)])
    }))

  it.scoped("is a file that only its owner reads, since keys and secrets are in it", () =>
    Effect.gen(function*() {
      const path = yield* file
      const store = yield* ResourceStore.make(path)
      yield* store.commit([ResourceStore.put("networkVolumes", volume("a"))])
      for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o077).toBe(0)
    }))

  it.scoped("says what it cannot read", () =>
    Effect.gen(function*() {
      const path = yield* file
      yield* Effect.scoped(ResourceStore.make(path))
      const db = new Database(path)
      db.exec("insert into resources values ('networkVolumes', 'x', '{\"id\":\"x\"}')")
      db.close()
      const wrong = yield* Effect.flip(Effect.scoped(ResourceStore.make(path)))
      expect(wrong.message).toContain(path)
      expect(wrong.message).toContain("name")
      const newer = new Database(path)
      newer.exec("update schemas set version = 99")
      newer.close()
      expect((yield* Effect.flip(Effect.scoped(ResourceStore.make(path)))).message).toContain("newer effect-flash")
      const missing = yield* Effect.flip(Effect.scoped(ResourceStore.make(join(path, "not-a-folder", "x.db"))))
      expect(missing._tag).toBe("StoreError")
    }))

  it.effect("refuses what comes after it is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const store = yield* Scope.extend(Effect.flatMap(file, ResourceStore.make), scope)
      yield* Scope.close(scope, Exit.void)
      const result = store.commit([ResourceStore.put("networkVolumes", volume("a"))])
      assert(Either.isLeft(result))
      expect(result.left.message).toContain("closed")
    }))
})
