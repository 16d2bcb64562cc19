/** No rendering of anything that provisioning makes, says or keeps holds an API key or a value of `Env.fromLocal`. */
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, LogLevel, Option, Redacted, Tracer } from "effect"
import { Env } from "effect-flash"
import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import * as Http from "./http.ts"
import * as Lane from "./lane.ts"
import * as Resources from "./resources.ts"

/** Neither looks like a secret, so that no pattern finds it; both have what JSON and headers escape. */
const key = "Zq9.MARKEDKEY~7f3a9c"
const value = `say "MARKEDVALUE" \\ välue`
const leaks = /MARKEDKEY|MARKEDVALUE/

const resources = Resources.types.map((type) =>
  Resources.make(type, type.toLowerCase(), {
    ...Resources.minimal(type),
    env: { TOKEN: Env.fromLocal("LOCAL_TOKEN"), KEY: Env.secret("account") }
  })
)

/** Everything a program may print of a value. */
const renderings = (what: string, u: unknown): ReadonlyArray<string> =>
  [String(u), JSON.stringify(u) ?? "", inspect(u, { depth: 12 }), inspect(u)].map((text) => `${what}: ${text}`)

/** What is said while an effect runs: logs in each form, and spans with how they ended. */
const heard = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const said: Array<string> = []
    const logger = Logger.make<unknown, void>((options) => {
      for (const one of [Logger.stringLogger, Logger.logfmtLogger, Logger.jsonLogger]) said.push(one.log(options))
      said.push(...renderings("log", [options.message, options.cause, options.annotations]))
    })
    const tracer = Tracer.make({
      span(name, parent, context, links, startTime, kind) {
        const attributes = new Map<string, unknown>()
        return {
          _tag: "Span",
          name,
          parent,
          context,
          links,
          kind,
          attributes,
          spanId: "0123456789abcdef",
          traceId: "0123456789abcdef0123456789abcdef",
          sampled: true,
          status: { _tag: "Started", startTime },
          attribute: (name, value) => void attributes.set(name, value),
          event: (name, _, given = {}) => void said.push(...renderings(`event ${name}`, given)),
          addLinks: () => {},
          end(_, exit) {
            said.push(...renderings(`span ${name}`, [...attributes]), ...renderings(`end of ${name}`, exit))
            if (exit._tag === "Failure") said.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
          }
        }
      },
      context: (f) => f()
    })
    return self.pipe(
      Effect.withSpan("all"),
      Effect.provide(Layer.merge(Logger.replace(Logger.defaultLogger, logger), Layer.setTracer(tracer))),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.as(said)
    )
  })

const project = (directory: string, platform: Http.Project["platform"]): Http.Project => ({
  platform,
  directory,
  env: "secret",
  localToken: value,
  requestTimeout: "10 seconds"
})

const scratch = () => mkdtempSync(join(tmpdir(), "effect-flash-test-"))

const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) =>
    readFileSync(join(entry.parentPath, entry.name), "utf8")
  )

/** All that can be done with all types of resources, and what comes of it, good or bad. */
const everything = Effect.gen(function*() {
  const manager = yield* ResourceManager
  const seen: Array<string> = []
  const look = (what: string, u: unknown) => void seen.push(...renderings(what, u))
  look("manager", manager)
  const attempt = <A, E>(what: string, effect: Effect.Effect<A, E>) =>
    Effect.tap(Effect.exit(effect), (exit) => {
      look(what, exit)
      if (exit._tag === "Failure") {
        seen.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
        const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
        for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
          look(`cause of ${what}`, cause)
          seen.push(cause.message, cause.stack ?? "")
        }
      }
      return Effect.logError(exit)
    })
  for (const resource of resources) {
    look("resource", resource)
    look("tag", resource.tag)
    yield* attempt("plan", manager.plan([resource], { against: "platform" }))
    yield* attempt("apply", Http.applyAll([resource]).pipe(Effect.provideService(ResourceManager, manager)))
    yield* attempt("ensure", manager.ensure(resource))
  }
  yield* attempt("records", manager.list)
  for (const { name } of resources) yield* attempt("undeploy", manager.undeploy(name))
  for (const text of seen) expect(text).not.toMatch(leaks)
  expect(seen.length).toBeGreaterThan(100)
})

const quiet = (said: ReadonlyArray<string>) => {
  for (const text of said) expect(text).not.toMatch(leaks)
}

// Side by side: those whose calls are tried again wait for most of their time.
describe.concurrent("no key and no value of Env.fromLocal is shown", () => {
  it.scopedLive("where all goes well, and in no file of the state", () =>
    Effect.gen(function*() {
      const directory = scratch()
      const platform = yield* Lane.platformOf({ apiKey: Redacted.make(key) })
      const own = project(directory, platform)
      yield* Effect.provide(Http.applyAll(resources), Http.layer(own))
      const kept = files(directory)
      expect(kept.join()).toContain("env.TOKEN")
      quiet(kept)
      quiet(yield* heard(Effect.provide(everything, Http.layer(own))))
      quiet(renderings("platform", platform))
    }), 60_000)

  /** Answers that say what they were sent. */
  const answers: Readonly<Record<string, (echo: string) => Response>> = {
    ...Object.fromEntries([400, 401, 403, 404, 409, 410, 418, 422, 429, 500].map((status) => [
      `${status} in JSON`,
      (echo: string) =>
        new Response(JSON.stringify({ title: echo, detail: echo, errors: [echo, { message: echo }] }), { status })
    ])),
    "500 in plain text": (echo) => new Response(echo, { status: 500 }),
    "an answer in plain text": (echo) => new Response(echo),
    "JSON that breaks off": (echo) => new Response(JSON.stringify({ env: { TOKEN: value }, echo }).slice(0, -4)),
    "another shape": () => new Response(JSON.stringify({ endpoints: { env: { TOKEN: value } } })),
    "wrong environments": () =>
      new Response(JSON.stringify({ endpoints: [{ id: "e", name: "n", env: [value] }], env: { TOKEN: [value] } })),
    "GraphQL errors": (echo) => new Response(JSON.stringify({ errors: [{ message: echo }], data: null })),
    "a broken connection": () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) })
    }
  }

  for (const [what, answer] of Object.entries(answers)) {
    it.live(`where the platform answers with ${what}`, () =>
      Effect.gen(function*() {
        const own = project(scratch(), { url: "http://127.0.0.1:1", apiKey: Redacted.make(key) })
        const fetch: typeof globalThis.fetch = async (_, { body, headers } = {}) =>
          answer(
            `${new Headers(headers).get("authorization")} ${
              body instanceof Uint8Array ? new TextDecoder().decode(body) : ""
            }`
          )
        quiet(
          yield* heard(everything.pipe(
            Effect.provide(Http.layer(own)),
            Effect.provideService(FetchHttpClient.Fetch, fetch),
            Http.hurried
          ))
        )
      }))
  }

  it.live("where the key cannot travel in a header", () =>
    Effect.gen(function*() {
      const own = project(scratch(), { url: "http://127.0.0.1:1", apiKey: Redacted.make(`${key}\n1`) })
      quiet(yield* heard(everything.pipe(Effect.provide(Http.layer(own)), Http.hurried)))
    }))
})
