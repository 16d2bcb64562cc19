/**
 * Jobs in SQLite.
 *
 * Writes are gathered while the event loop is busy and committed together; whoever must not answer before a write is
 * durable waits for `flush`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import type * as Scope from "effect/Scope"
import Database from "libsql"
import type { Job, JobStatus } from "./Job.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface JobStore {
  readonly insert: (job: Job) => void
  /** Writes everything that changes in a job's life. */
  readonly update: (job: Job) => void
  readonly find: (id: string) => Job | undefined
  /** The newest jobs of an endpoint, as far as they are committed. */
  readonly recent: (endpointId: string, limit: number) => ReadonlyArray<Job>
  /** Jobs that are not over, oldest first. */
  readonly unfinished: () => ReadonlyArray<Job>
  /** Jobs that are over and whose webhooks have not been told so, oldest first. */
  readonly untold: () => ReadonlyArray<Job>
  /** The webhook of a job knows this end of it. */
  readonly told: (job: Job) => void
  /** Deletes jobs that ended before these times. */
  readonly prune: (before: { readonly async: number; readonly sync: number }) => void
  /** Succeeds when all writes so far are committed. */
  readonly flush: Effect.Effect<void, StoreError>
  /** Succeeds when all writes so far would outlive this process; without a file there is nothing to wait for. */
  readonly durable: Effect.Effect<void, StoreError>
}

/**
 * The database refused: it cannot be opened, or a write failed (a full disk, say).
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message() {
    return `${this.path}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

interface Row {
  readonly id: string
  readonly endpoint_id: string
  readonly kind: "async" | "sync"
  readonly input: string
  readonly submitted_at: number
  readonly expires_at: number
  readonly execution_timeout: number
  /** Absent from jobs of older files. */
  readonly ttl: number | null
  readonly webhook: string | null
  readonly low_priority: 0 | 1
  readonly extra: string | null
  readonly status: JobStatus
  readonly retries: number
  readonly worker_id: string | null
  readonly taken_at: number | null
  readonly finished_at: number | null
  readonly output: string | null
  readonly error: string | null
}

const migrations: ReadonlyArray<string> = [
  `create table jobs (
     id text primary key,
     endpoint_id text not null,
     kind text not null,
     input text not null,
     submitted_at integer not null,
     expires_at integer not null,
     execution_timeout integer not null,
     status text not null,
     retries integer not null,
     worker_id text,
     taken_at integer,
     finished_at integer,
     output text,
     error text
   );
   create index jobs_by_end on jobs (finished_at) where finished_at is not null;
   create index jobs_by_endpoint on jobs (endpoint_id, submitted_at);`,
  `alter table jobs add column ttl integer;
   alter table jobs add column webhook text;
   alter table jobs add column low_priority integer not null default 0;
   alter table jobs add column extra text;`,
  // the end that a job's webhook was told: one that is run again has another
  `alter table jobs add column told_end integer;
   update jobs set told_end = finished_at;
   create index jobs_untold on jobs (finished_at)
     where webhook is not null and finished_at is not null and told_end is not finished_at;`
]

/**
 * Opens the database of that path (`:memory:` for none) and brings its schema up to date.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (path: string): Effect.Effect<JobStore, StoreError, Scope.Scope> =>
  Effect.gen(function*() {
    const db = yield* Effect.acquireRelease(
      Effect.try({ try: () => open(path), catch: (cause) => new StoreError({ path, cause }) }),
      (db) => Effect.sync(() => db.close())
    )
    const { find, insert, prune, recent, told, unfinished, untold, update } = Record.map(
      statements,
      (sql) => db.prepare(sql)
    )

    /** Jobs to write, as they are when they are written: what changes twice in a turn is written once. */
    let dirty = new Map<Job, "insert" | "update">()
    let tolds: Array<Job> = []
    let pruneBefore: { readonly async: number; readonly sync: number } | undefined
    let waiting: Array<(result: Effect.Effect<void, StoreError>) => void> = []
    let isScheduled = false
    let isClosed = false

    const commit = () => {
      isScheduled = false
      const batch = dirty
      const toldBatch = tolds
      const resumes = waiting
      dirty = new Map()
      tolds = []
      waiting = []
      if (isClosed) {
        // libsql ends the process where a closed database is asked for anything
        const closed = new StoreError({ path, cause: "the database is closed" })
        for (const resume of resumes) resume(Effect.fail(closed))
        return
      }
      let result: Effect.Effect<void, StoreError> = Effect.void
      try {
        db.exec("begin")
        for (const [job, how] of batch) {
          if (how === "insert") insert.run(...identityOf(job), ...lifeOf(job))
          else update.run(...lifeOf(job), job.id)
        }
        for (const { finishedAt = null, id } of toldBatch) told.run(finishedAt, id)
        if (pruneBefore !== undefined) {
          prune.run(pruneBefore.async, "async")
          prune.run(pruneBefore.sync, "sync")
          pruneBefore = undefined
        }
        db.exec("commit")
      } catch (cause) {
        if (db.inTransaction) db.exec("rollback")
        result = Effect.fail(new StoreError({ path, cause }))
      }
      for (const resume of resumes) resume(result)
    }
    const schedule = () => {
      if (isScheduled) return
      isScheduled = true
      setImmediate(commit)
    }
    const flush = Effect.async<void, StoreError>((resume) => {
      waiting.push(resume)
      schedule()
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        commit()
        isClosed = true
      })
    )

    return {
      insert(job) {
        dirty.set(job, "insert")
        schedule()
      },
      update(job) {
        if (!dirty.has(job)) dirty.set(job, "update")
        schedule()
      },
      find: (id) => isClosed ? undefined : fromRow(find.get(id) as Row | undefined),
      recent: (endpointId, limit) =>
        (isClosed ? [] : recent.all(endpointId, limit) as ReadonlyArray<Row>).flatMap((row) => fromRow(row) ?? []),
      unfinished: () => (isClosed ? [] : unfinished.all() as ReadonlyArray<Row>).flatMap((row) => fromRow(row) ?? []),
      untold: () => (isClosed ? [] : untold.all() as ReadonlyArray<Row>).flatMap((row) => fromRow(row) ?? []),
      told(job) {
        tolds.push(job)
        schedule()
      },
      prune(before) {
        pruneBefore = before
        schedule()
      },
      flush,
      durable: path === ":memory:" ? Effect.void : Effect.suspend(() => isScheduled ? flush : Effect.void)
    }
  })

const open = (path: string): Database.Database => {
  const db = new Database(path)
  // durable against the death of this process; only a crash of the machine may cost the last commits
  db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000")
  const [{ user_version: version } = { user_version: 0 }] = db.pragma("user_version") as ReadonlyArray<
    { readonly user_version: number }
  >
  if (version > migrations.length) {
    throw new Error(`${path} was written by a newer effect-flash (schema ${version}); use that, or another file`)
  }
  migrations.slice(version).forEach((migration, index) => {
    db.exec(`begin; ${migration}; pragma user_version = ${version + index + 1}; commit`)
  })
  return db
}

/** What a job is, and what becomes of it. */
const identity = [
  "id",
  "endpoint_id",
  "kind",
  "input",
  "submitted_at",
  "ttl",
  "execution_timeout",
  "webhook",
  "low_priority",
  "extra"
] as const satisfies ReadonlyArray<keyof Row>
const life = [
  "expires_at",
  "status",
  "retries",
  "worker_id",
  "taken_at",
  "finished_at",
  "output",
  "error"
] as const satisfies ReadonlyArray<keyof Row>
const columns = [...identity, ...life]

/**
 * What the store asks its database.
 *
 * @since 0.1.0
 * @category constants
 */
export const statements = {
  insert: `insert into jobs (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
  update: `update jobs set ${life.map((name) => `${name} = ?`).join(", ")} where id = ?`,
  find: "select * from jobs where id = ?",
  unfinished: "select * from jobs where finished_at is null order by submitted_at, rowid",
  untold: `select * from jobs where webhook is not null and finished_at is not null and told_end is not finished_at
    order by finished_at, rowid`,
  told: "update jobs set told_end = ? where id = ?",
  recent: "select * from jobs where endpoint_id = ? order by submitted_at desc, rowid desc limit ?",
  prune: "delete from jobs where finished_at < ? and kind = ?"
} as const

const identityOf = (job: Job) => [
  job.id,
  job.endpointId,
  job.kind,
  job.input,
  job.submittedAt,
  job.ttl,
  job.executionTimeout,
  job.webhook ?? null,
  job.lowPriority ? 1 : 0,
  job.extra ?? null
]

const lifeOf = (job: Job) => [
  job.expiresAt,
  job.status,
  job.retries,
  job.workerId ?? null,
  job.takenAt ?? null,
  job.finishedAt ?? null,
  job.output ?? null,
  // as JSON: libsql cuts a text at its first NUL
  job.error === undefined ? null : JSON.stringify(job.error)
]

const fromRow = (row: Row | undefined): Job | undefined =>
  row === undefined ? undefined : {
    id: row.id,
    endpointId: row.endpoint_id,
    kind: row.kind,
    input: row.input,
    submittedAt: row.submitted_at,
    expiresAt: row.expires_at,
    ttl: row.ttl ?? row.expires_at - row.submitted_at,
    executionTimeout: row.execution_timeout,
    webhook: row.webhook ?? undefined,
    lowPriority: row.low_priority === 1,
    extra: row.extra ?? undefined,
    status: row.status,
    retries: row.retries,
    workerId: row.worker_id ?? undefined,
    takenAt: row.taken_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    output: row.output ?? undefined,
    error: row.error === null ? undefined : JSON.parse(row.error)
  }
