import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, FastCheck, Scope } from "effect"
import Database from "libsql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Job, JobStatus } from "../../../runtime/platform/jobs/Job.ts"
import * as JobStore from "../../../runtime/platform/jobs/JobStore.ts"
import { cases } from "../../laws.ts"

let nextId = 0

const job = (more: Partial<Job> = {}): Job => ({
  id: `job-${nextId++}`,
  endpointId: "ep1",
  kind: "async",
  input: `{"a":1}`,
  submittedAt: 1_700_000_000_000,
  ttl: 86_400_000,
  expiresAt: 1_700_086_400_000,
  executionTimeout: 5000,
  webhook: undefined,
  lowPriority: false,
  extra: undefined,
  status: "IN_QUEUE",
  retries: 0,
  workerId: undefined,
  takenAt: undefined,
  finishedAt: undefined,
  output: undefined,
  error: undefined,
  ...more
})

const over = (more: Partial<Job> = {}) =>
  job({ status: "COMPLETED", workerId: "w1", takenAt: 1, finishedAt: 2, output: "1", ...more })

/** A path for a database, in a folder that goes with the scope. */
const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-store-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "jobs.db")
)

const memory = JobStore.make(":memory:")

/** Opens a database as anybody may. */
const withDatabase = <A>(path: string, use: (db: Database.Database) => A): A => {
  const db = new Database(path)
  try {
    return use(db)
  } finally {
    db.close()
  }
}

const versionOf = (path: string) => withDatabase(path, (db) => db.pragma("user_version"))

describe("a job in the store", () => {
  it.scoped("is found as it was put there, once that is committed", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const one = job()
      store.insert(one)
      yield* store.flush
      expect(store.find(one.id)).toEqual(one)
      expect(store.find("unknown")).toBeUndefined()
    }))

  it.scoped("is what it was last, through all its life", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const one = job()
      store.insert(one)
      yield* store.flush
      Object.assign(one, { status: "IN_PROGRESS", workerId: "w1", takenAt: 5, retries: 1 })
      store.update(one)
      yield* store.flush
      expect(store.find(one.id)).toEqual(one)
      Object.assign(one, { status: "FAILED", finishedAt: 6, error: "no" })
      store.update(one)
      yield* store.flush
      expect(store.find(one.id)).toEqual(one)
      Object.assign(one, { status: "IN_QUEUE", workerId: undefined, takenAt: undefined, finishedAt: undefined })
      store.update(one)
      yield* store.flush
      expect(store.find(one.id)).toEqual(one)
    }))

  it.scoped("that came and went in one turn is written as it is", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const one = job()
      store.insert(one)
      Object.assign(one, { status: "CANCELLED", finishedAt: 6 })
      store.update(one)
      yield* store.flush
      expect(store.find(one.id)).toEqual(one)
      expect(store.unfinished()).toEqual([])
    }))

  it.effect("keeps every text and every time", () =>
    Effect.gen(function*() {
      const text = FastCheck.string({ unit: "grapheme", maxLength: 30 })
      const some = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })
      const time = FastCheck.integer({ min: 0, max: 8_640_000_000_000_000 })
      const jobs = FastCheck.record({
        input: FastCheck.json(),
        error: some(FastCheck.oneof(text, FastCheck.constant("a\0b"))),
        output: some(FastCheck.json()),
        workerId: some(text),
        submittedAt: time,
        expiresAt: time,
        takenAt: some(time),
        finishedAt: some(time),
        executionTimeout: FastCheck.nat(),
        retries: FastCheck.nat(),
        kind: FastCheck.constantFrom("async" as const, "sync" as const),
        status: FastCheck.constantFrom<JobStatus>(
          "IN_QUEUE",
          "IN_PROGRESS",
          "COMPLETED",
          "FAILED",
          "CANCELLED",
          "TIMED_OUT"
        )
      })
      const store = yield* memory
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(jobs, async (fields) => {
            const one = job(fields)
            store.insert(one)
            await Effect.runPromise(store.flush)
            expect(store.find(one.id)).toEqual(one)
          }),
          cases(50)
        )
      )
    }).pipe(Effect.scoped))
})

describe("what a store lists", () => {
  it.scoped("are the jobs that are not over, oldest first, those of one time in their order", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const late = job({ submittedAt: 30 })
      const [early, second] = [job({ submittedAt: 10 }), job({ submittedAt: 10, status: "IN_PROGRESS", takenAt: 11 })]
      for (const one of [late, early, over(), second]) store.insert(one)
      yield* store.flush
      expect(store.unfinished()).toEqual([early, second, late])
    }))

  it.scoped("are the newest jobs of an endpoint, over or not", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const jobs = [10, 20, 20, 30].map((submittedAt) => over({ submittedAt }))
      for (const one of [...jobs, job({ endpointId: "ep2", submittedAt: 40 })]) store.insert(one)
      yield* store.flush
      expect(store.recent("ep1", 10)).toEqual(jobs.toReversed())
      expect(store.recent("ep1", 2)).toEqual(jobs.toReversed().slice(0, 2))
      expect(store.recent("ep3", 2)).toEqual([])
    }))

  it.scoped("are no jobs that ended too long ago, by kind", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const old = over({ finishedAt: 100 })
      const oldSync = over({ finishedAt: 100, kind: "sync" })
      const edge = over({ finishedAt: 500 })
      const running = job({ status: "IN_PROGRESS", takenAt: 1 })
      for (const one of [old, oldSync, edge, running]) store.insert(one)
      yield* store.flush
      store.prune({ async: 100, sync: 101 })
      yield* store.flush
      expect([old, oldSync, edge, running].map(({ id }) => store.find(id) !== undefined)).toEqual([
        true,
        false,
        true,
        true
      ])
      store.prune({ async: 500, sync: 500 })
      yield* store.flush
      expect([old, edge, running].map(({ id }) => store.find(id) !== undefined)).toEqual([false, true, true])
    }))
})

describe("a database file", () => {
  it.scoped("gives its unfinished jobs to the next who opens it", () =>
    Effect.gen(function*() {
      const path = yield* file
      const jobs = [job(), job({ status: "IN_PROGRESS", workerId: "w1", takenAt: 1_700_000_000_001, retries: 1 })]
      yield* Effect.scoped(Effect.flatMap(JobStore.make(path), (store) => {
        for (const one of [...jobs, over()]) store.insert(one)
        return store.flush
      }))
      const again = yield* JobStore.make(path)
      expect(again.unfinished()).toEqual(jobs)
    }))

  it.scoped("gives the jobs whose webhooks do not know their end to the next who opens it", () =>
    Effect.gen(function*() {
      const path = yield* file
      const webhook = "https://example.test/done"
      const [told, untold, again] = [over({ webhook }), over({ webhook, finishedAt: 5 }), over({ webhook })]
      yield* Effect.scoped(Effect.map(JobStore.make(path), (store) => {
        for (const one of [told, untold, again, over(), job({ webhook })]) store.insert(one)
        store.told(told)
        store.told(again)
      }))
      // it was run again, and has come to another end
      yield* Effect.scoped(Effect.map(JobStore.make(path), (store) => store.update({ ...again, finishedAt: 9 })))
      const store = yield* JobStore.make(path)
      expect(store.untold()).toEqual([untold, { ...again, finishedAt: 9 }])
    }))

  it.scoped("holds what was written last, though nobody waited for that", () =>
    Effect.gen(function*() {
      const path = yield* file
      const one = job()
      yield* Effect.scoped(Effect.map(JobStore.make(path), (store) => store.insert(one)))
      expect((yield* JobStore.make(path)).find(one.id)).toEqual(one)
    }))

  it.scoped("can be read while the platform writes, and holds what was flushed though it never closes", () =>
    Effect.gen(function*() {
      const path = yield* file
      const store = yield* JobStore.make(path)
      store.insert(job())
      yield* store.flush
      const count = withDatabase(path, (db) => db.prepare("select count(*) as n from jobs").get())
      expect(count).toMatchObject({ n: 1 })
    }))

  it.scoped("is made where there is none, and is of the schema's version", () =>
    Effect.gen(function*() {
      const path = yield* file
      yield* Effect.scoped(JobStore.make(path))
      expect(versionOf(path)).toMatchObject([{ user_version: 3 }])
      // opened again it is left as it is
      yield* Effect.scoped(JobStore.make(path))
      expect(versionOf(path)).toMatchObject([{ user_version: 3 }])
    }))

  it.scoped("of a newer schema is refused and left alone", () =>
    Effect.gen(function*() {
      const path = yield* file
      yield* Effect.scoped(JobStore.make(path))
      withDatabase(path, (db) => db.pragma("user_version = 99"))
      const error = yield* Effect.flip(JobStore.make(path))
      assert.instanceOf(error, JobStore.StoreError)
      expect(error.message).toContain(path)
      expect(error.message).toContain("newer effect-flash (schema 99)")
      expect(versionOf(path)).toMatchObject([{ user_version: 99 }])
    }))

  it.scoped("that cannot be opened is an error with its path", () =>
    Effect.gen(function*() {
      const path = join(yield* file, "in", "a", "file")
      const error = yield* Effect.flip(JobStore.make(path))
      assert.instanceOf(error, JobStore.StoreError)
      expect(error.message).toContain(path)
    }))
})

describe("what the store asks its database", () => {
  it.scoped("goes through an index, however many jobs there are; only a start looks at all", () =>
    Effect.gen(function*() {
      const path = yield* file
      yield* Effect.scoped(JobStore.make(path))
      const plans = Object.entries(JobStore.statements).map(([name, sql]) => {
        const parameters = [...sql].filter((letter) => letter === "?").map(() => 1)
        const rows = withDatabase(
          path,
          (db) => db.prepare(`explain query plan ${sql}`).all(...parameters)
        ) as ReadonlyArray<
          { readonly detail: string }
        >
        return [name, rows.map(({ detail }) => detail)] as const
      })
      expect(Object.fromEntries(plans)).toEqual({
        insert: [],
        update: [expect.stringMatching(/^SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 \(id=\?\)$/)],
        find: [expect.stringMatching(/^SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 \(id=\?\)$/)],
        unfinished: ["SCAN jobs", "USE TEMP B-TREE FOR ORDER BY"],
        untold: [expect.stringMatching(/^SEARCH jobs USING INDEX jobs_untold/)],
        told: [expect.stringMatching(/^SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 \(id=\?\)$/)],
        recent: [expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_endpoint \(endpoint_id=\?\)$/)],
        prune: [expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_end \(finished_at<\?\)$/)]
      })
    }))
})

describe("a write that fails", () => {
  it.scoped("is an error to those who waited for it, and the next write works", () =>
    Effect.gen(function*() {
      const store = yield* memory
      const one = job()
      store.insert(one)
      yield* store.flush
      store.insert(job({ id: one.id }))
      const error = yield* Effect.flip(store.flush)
      assert.instanceOf(error, JobStore.StoreError)
      expect(error.message).toContain("UNIQUE")
      const next = job()
      store.insert(next)
      yield* store.flush
      expect(store.find(next.id)).toEqual(next)
    }))
})

describe("a store whose scope has ended", () => {
  it.effect("fails whoever waits, and finds nothing", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const store = yield* Scope.extend(memory, scope)
      const one = job()
      store.insert(one)
      yield* store.flush
      yield* Scope.close(scope, Exit.void)
      store.update(one)
      store.insert(job())
      assert.instanceOf(yield* Effect.flip(store.flush), JobStore.StoreError)
      expect(store.find(one.id)).toBeUndefined()
      expect(store.recent("ep1", 1)).toEqual([])
      expect(store.unfinished()).toEqual([])
    }))
})
