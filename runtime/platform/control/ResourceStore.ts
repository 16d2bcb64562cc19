/**
 * The records of the control plane: in memory to be read, and in the platform's SQLite file to be there again when the
 * platform is started on it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import Database from "libsql"
import { chmodSync, closeSync, openSync } from "node:fs"
import { StoreError } from "../jobs/JobStore.ts"
import { kinds } from "./Records.ts"
import type { Kinds } from "./Records.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Kind = keyof Kinds

/**
 * @since 0.1.0
 * @category models
 */
export type Change =
  | { readonly [K in Kind]: { readonly kind: K; readonly put: Kinds[K] } }[Kind]
  | { readonly kind: Kind; readonly remove: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface Table<A> {
  readonly get: (id: string) => A | undefined
  /** In the order in which they were first written. */
  readonly all: () => ReadonlyArray<A>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ResourceStore extends Readonly<{ [K in Kind]: Table<Kinds[K]> }> {
  /** All of the changes or none; they outlive the process when this returns. */
  readonly commit: (changes: ReadonlyArray<Change>) => Either.Either<void, StoreError>
}

/**
 * A record to be written, new or in place of the one with its id.
 *
 * @since 0.1.0
 * @category constructors
 */
export const put = <K extends Kind>(kind: K, record: Kinds[K]): Change =>
  // a union of all kinds, of which this is one: the compiler does not follow a generic into it
  ({ kind, put: record }) as Change

/**
 * @since 0.1.0
 * @category constructors
 */
export const remove = (kind: Kind, id: string): Change => ({ kind, remove: id })

type Persist = (changes: ReadonlyArray<Change>) => void

const allKinds = Object.keys(kinds) as ReadonlyArray<Kind> // the keys of a literal object

/**
 * Records that end with the process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory = (): ResourceStore => over(":memory:", () => {}, () => [])

/**
 * Opens the records in the database of that path; `:memory:` is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (path: string): Effect.Effect<ResourceStore, StoreError, Scope.Scope> =>
  path === ":memory:" ? Effect.sync(memory) : Effect.gen(function*() {
    const db = yield* Effect.acquireRelease(
      Effect.try({ try: () => open(path), catch: (cause) => new StoreError({ path, cause }) }),
      (db) => Effect.sync(() => db.close())
    )
    let isClosed = false
    // runs before the database is closed: libsql ends the process where a closed one is asked for anything
    yield* Effect.addFinalizer(() => Effect.sync(() => void (isClosed = true)))
    const write = db.prepare(
      `insert into resources (kind, id, data) values (?, ?, ?)
       on conflict (kind, id) do update set data = excluded.data`
    )
    const erase = db.prepare("delete from resources where kind = ? and id = ?")
    const read = db.prepare("select data from resources where kind = ? order by rowid")

    const persist: Persist = (changes) => {
      if (isClosed) throw new Error("the database is closed")
      db.exec("begin immediate")
      try {
        for (const change of changes) {
          if ("remove" in change) erase.run(change.kind, change.remove)
          else write.run(change.kind, change.put.id, encode(change))
        }
        db.exec("commit")
      } catch (cause) {
        if (db.inTransaction) db.exec("rollback")
        throw cause
      }
    }
    const rows = (kind: Kind) => read.all(kind) as ReadonlyArray<{ readonly data: string }>
    return yield* Effect.try({
      try: () => over(path, persist, (kind) => rows(kind).map(({ data }): unknown => JSON.parse(data))),
      catch: (cause) => new StoreError({ path, cause })
    })
  })

const migrations: ReadonlyArray<string> = [
  `create table resources (
     kind text not null,
     id text not null,
     data text not null,
     unique (kind, id)
   );`
]

const open = (path: string): Database.Database => {
  // it holds keys and secrets; the files that SQLite puts beside it are given its mode
  closeSync(openSync(path, "a", 0o600))
  chmodSync(path, 0o600)
  const db = new Database(path)
  db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000")
  // a count of its own: the jobs have the file's `user_version`
  db.exec("create table if not exists schemas (part text primary key, version integer not null)")
  const version = versionOf(db)
  if (version > migrations.length) {
    throw new Error(`${path} was written by a newer effect-flash (resources ${version}); use that, or another file`)
  }
  migrations.slice(version).forEach((migration, index) => {
    db.exec(`begin; ${migration}; insert or replace into schemas values ('resources', ${version + index + 1}); commit`)
  })
  return db
}

const versionOf = (db: Database.Database): number => {
  const row = db.prepare("select version from schemas where part = 'resources'").get() as
    | { readonly version: number }
    | undefined
  return row?.version ?? 0
}

const encode = (change: Change & { readonly put: unknown }): string =>
  JSON.stringify(Schema.encodeUnknownSync(kinds[change.kind] as Schema.Schema<unknown, unknown>)(change.put))

const decode = (kind: Kind, data: unknown): unknown =>
  Schema.decodeUnknownSync(kinds[kind] as Schema.Schema<unknown, unknown>)(data)

const over = (path: string, persist: Persist, load: (kind: Kind) => ReadonlyArray<unknown>): ResourceStore => {
  const maps = new Map(allKinds.map((kind) => {
    const records = load(kind).map((data) => decode(kind, data) as { readonly id: string })
    return [kind, new Map(records.map((record) => [record.id, record]))]
  }))
  const of = (kind: Kind) => maps.get(kind) ?? new Map<string, { readonly id: string }>()
  const tables = Object.fromEntries(allKinds.map((kind) => [kind, {
    get: (id: string) => of(kind).get(id),
    all: () => [...of(kind).values()]
  }]))
  return {
    // each table was filled through the schema of its kind
    ...tables as unknown as { [K in Kind]: Table<Kinds[K]> },
    commit: (changes) =>
      Either.try({
        try() {
          persist(changes)
          for (const change of changes) {
            if ("remove" in change) of(change.kind).delete(change.remove)
            else of(change.kind).set(change.put.id, change.put)
          }
        },
        catch: (cause) => new StoreError({ path, cause })
      })
  }
}
