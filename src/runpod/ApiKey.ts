/**
 * The account's API key: where it is found, and how it is kept.
 *
 * A key is looked for in the environment, in `.env` of the working directory, and in `~/.runpod/config.toml`, which
 * runpodctl, the Python package and this one share. Nothing is looked for until a request needs the key.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomUUID } from "node:crypto"
import * as Os from "node:os"
import * as Path from "node:path"
import { isDeepStrictEqual } from "node:util"
import { ApiKeyMissing } from "../RemoteError.ts"
import { CredentialsNotSaved } from "./RunpodError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ApiKey {
  readonly value: Redacted.Redacted
  /** Where it came from, for messages. */
  readonly origin: string
}

/**
 * The folders that files are looked for in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Places {
  /** The one of `.env`. Default: the working directory. */
  readonly directory?: string
  /** The one of `.runpod/config.toml`. Default: the user's home. */
  readonly home?: string
}

const variable = "RUNPOD_API_KEY"

/**
 * The file that runpodctl, the Python package and this one keep their key in.
 *
 * @since 0.1.0
 * @category accessors
 */
export const configFile = (places: Places = {}): string =>
  Path.join(places.home ?? Os.homedir(), ".runpod", "config.toml")

/** What one place holds: a key, or why there is none. A place that cannot be told must not pass for an empty one. */
type Found =
  | { readonly _tag: "Key"; readonly key: Redacted.Redacted; readonly origin: string }
  | { readonly _tag: "None"; readonly place: string; readonly found: string }
  | { readonly _tag: "Unclear"; readonly place: string; readonly found: string }

/**
 * Why a text is no key, without the text. A key travels in a header: letters of a token, in one line. A header that
 * cannot be made fails with an error that quotes it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const problemOf = (key: string): string | undefined =>
  key === "" ? "blank" : /^[\x21-\x7e]+$/.test(key) ? undefined : "not a key: it holds white space or other letters"

const judge = (value: string, place: string, origin: string): Found => {
  const key = value.trim()
  const problem = problemOf(key)
  if (problem === undefined) return { _tag: "Key", key: Redacted.make(key), origin }
  return { _tag: key === "" ? "None" : "Unclear", place, found: problem }
}

const fromEnvironment: Effect.Effect<Found> = Config.option(Config.string(variable)).pipe(
  Effect.map(Option.match({
    onNone: (): Found => ({ _tag: "None", place: `environment variable ${variable}`, found: "not set" }),
    onSome: (value) => judge(value, `environment variable ${variable}`, `the environment variable ${variable}`)
  })),
  Effect.catchAll(() =>
    Effect.succeed<Found>({ _tag: "Unclear", place: `environment variable ${variable}`, found: "cannot be read" })
  )
)

/** A folder is no file of settings: `.env` is also what some call their Python environment. */
const read = (file: string): Effect.Effect<Option.Option<string>, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { type } = yield* fs.stat(file)
    return type === "Directory" ? Option.none() : Option.some(yield* fs.readFileString(file))
  }).pipe(
    Effect.catchAll((error) =>
      error._tag === "SystemError" && error.reason === "NotFound" ? Effect.succeedNone : Effect.fail(error)
    )
  )

const reasonOf = (error: PlatformError): string => error._tag === "SystemError" ? error.reason : error.message

const fromFile = (
  file: string,
  find: (text: string) => Effect.Effect<Found>
): Effect.Effect<Found, never, FileSystem.FileSystem> =>
  read(file).pipe(
    Effect.flatMap(Option.match({
      onNone: () => Effect.succeed<Found>({ _tag: "None", place: file, found: "no such file" }),
      onSome: find
    })),
    Effect.catchAll((error) =>
      Effect.succeed<Found>({ _tag: "Unclear", place: file, found: `cannot be read (${reasonOf(error)})` })
    )
  )

const fromDotEnv = (file: string): Effect.Effect<Found, never, FileSystem.FileSystem> =>
  fromFile(file, (text) =>
    Effect.map(Effect.promise(() => import("dotenv")), ({ parse }): Found => {
      const value = parse(text)[variable]
      return value === undefined
        ? { _tag: "None", place: file, found: `no ${variable}` }
        : judge(value, file, `${variable} in ${file}`)
    }))

const isTable = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null && !Array.isArray(u)

/** The parser's own message quotes the line, and a key may stand in it. */
const whereToml = (cause: unknown): string =>
  isTable(cause) && typeof cause["line"] === "number" ? `not TOML at line ${cause["line"]}` : "not TOML"

const fields = ["[default] api_key", "api_key", "apikey"] as const

const lookUp = (toml: Record<string, unknown>, field: (typeof fields)[number]): unknown => {
  if (field !== "[default] api_key") return toml[field]
  const profile = toml["default"]
  return isTable(profile) ? profile["api_key"] : undefined
}

const fromConfigFile = (file: string): Effect.Effect<Found, never, FileSystem.FileSystem> =>
  fromFile(file, (text) =>
    Effect.map(Effect.promise(() => import("@decimalturn/toml-patch")), ({ parse }): Found => {
      let toml: unknown
      try {
        toml = parse(text)
      } catch (cause) {
        return { _tag: "Unclear", place: file, found: whereToml(cause) }
      }
      if (!isTable(toml)) return { _tag: "Unclear", place: file, found: "not TOML" }
      for (const field of fields) {
        const value = lookUp(toml, field)
        if (value === undefined || value === "") continue
        return typeof value === "string"
          ? judge(value, `${field} in ${file}`, `${field} in ${file}`)
          : { _tag: "Unclear", place: file, found: `${field} is not text` }
      }
      return { _tag: "None", place: file, found: "no api_key" }
    }))

/**
 * Finds the key. The first place that has one counts; a place that cannot be read ends the search, since what stands in
 * the next one may be the key of another account.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find = (places: Places = {}): Effect.Effect<ApiKey, ApiKeyMissing, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const dotEnv = Path.join(places.directory ?? process.cwd(), ".env")
    const searched: Array<{ readonly place: string; readonly found: string }> = []
    for (const place of [fromEnvironment, fromDotEnv(dotEnv), fromConfigFile(configFile(places))]) {
      const found = yield* place
      if (found._tag === "Key") return { value: found.key, origin: found.origin }
      searched.push({ place: found.place, found: found.found })
      if (found._tag === "Unclear") break
    }
    return yield* new ApiKeyMissing({ searched })
  })

/** Changes the file in one step: another program sees the old content or the new one, and only its owner sees either. */
const replace = (file: string, text: string): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(Path.dirname(file), { recursive: true, mode: 0o700 })
    // a link stays one, and what it leads to is replaced
    const target = yield* Effect.orElseSucceed(fs.realPath(file), () => file)
    const temporary = `${target}.${randomUUID()}`
    const write = Effect.gen(function*() {
      const out = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
      yield* out.writeAll(new TextEncoder().encode(text))
      yield* out.sync
    })
    yield* Effect.zipRight(Effect.scoped(write), fs.rename(temporary, target)).pipe(
      Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))
    )
  })

/** The parser's tables have no prototype. */
const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(structuredClone(a), structuredClone(b))

type Edit = (toml: Record<string, unknown>) => Record<string, unknown> | string

/** Edits the file's values and leaves everything else in it, comments and order too, as it is. */
const edit = (places: Places, change: Edit): Effect.Effect<string, CredentialsNotSaved, FileSystem.FileSystem> => {
  const file = configFile(places)
  const refuse = (reason: string) => Effect.fail(new CredentialsNotSaved({ path: file, reason }))
  return Effect.gen(function*() {
    const { parse, patch } = yield* Effect.promise(() => import("@decimalturn/toml-patch"))
    const before = Option.getOrElse(yield* read(file), () => "")
    const values = yield* Effect.try({
      try: (): unknown => parse(before),
      catch: (cause) =>
        new CredentialsNotSaved({ path: file, reason: `it is ${whereToml(cause)}. Correct it, or move it away.` })
    })
    if (!isTable(values)) return yield* refuse("it is not TOML.")
    const changed = change(values)
    if (typeof changed === "string") return yield* refuse(changed)
    if (isSame(changed, values)) return file
    const after = yield* Effect.try({
      try: () => patch(before, changed),
      catch: () => new CredentialsNotSaved({ path: file, reason: "it cannot be edited. Edit it by hand." })
    })
    // the editor's work is read again before it replaces anything
    const survives = yield* Effect.orElseSucceed(
      Effect.try(() => isSame(parse(after), changed)),
      () => false
    )
    if (!survives) return yield* refuse("other settings in it would be lost. Edit it by hand.")
    yield* replace(file, after)
    return file
  }).pipe(Effect.catchTags({
    BadArgument: (error) => refuse(error.message),
    SystemError: (error) => refuse(`${error.reason} (${error.method}).`)
  }))
}

/**
 * Keeps a key in `~/.runpod/config.toml` as `[default] api_key` and succeeds with the file's path. What else stands there
 * stays, runpodctl's own key too. The file is replaced in one step and is its owner's alone (mode 0600).
 *
 * @since 0.1.0
 * @category saving
 */
export const save = (
  apiKey: Redacted.Redacted,
  places: Places = {}
): Effect.Effect<string, CredentialsNotSaved, FileSystem.FileSystem> => {
  const key = Redacted.value(apiKey).trim()
  const problem = problemOf(key)
  if (problem !== undefined) {
    return Effect.fail(new CredentialsNotSaved({ path: configFile(places), reason: `the key is ${problem}.` }))
  }
  return edit(places, (toml) => {
    const profile = toml["default"] ?? {}
    return isTable(profile)
      ? { ...toml, default: { ...profile, api_key: key } }
      : "`default` in it is not a table. Correct it, or move it away."
  })
}

/**
 * Takes every key out of `~/.runpod/config.toml`, runpodctl's too, and leaves the rest. Succeeds with the file's path;
 * where there is no key, nothing is changed.
 *
 * @since 0.1.0
 * @category saving
 */
export const remove = (places: Places = {}): Effect.Effect<string, CredentialsNotSaved, FileSystem.FileSystem> =>
  edit(places, (toml) => {
    const profile = toml["default"]
    const rest = isTable(profile) ? { ...toml, default: without(profile, ["api_key"]) } : toml
    return without(rest, ["api_key", "apikey"])
  })

const without = (table: Record<string, unknown>, names: ReadonlyArray<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)))
