/** The dev server of a project: from the first look at its functions to the last call. */
import * as Effect from "effect/Effect"
import { realpathSync } from "node:fs"
import { makeWarm } from "../build/Evaluate.ts"
import { CliError, ExitCode } from "../CliError.ts"
import * as Calls from "./Calls.ts"
import { Event, Reporter } from "./Event.ts"
import * as Generation from "./Generation.ts"
import * as Http from "./Http.ts"
import { listOf } from "./listOf.ts"
import * as Reloads from "./Reloads.ts"
import * as RouteCalls from "./RouteCalls.ts"
import * as Router from "./Router.ts"
import * as Sources from "./Sources.ts"
import { layerLive, layerLocal, Target } from "./Target.ts"
import * as Trace from "./Trace.ts"

export interface Options {
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly reload: boolean
  readonly live: boolean
  readonly autoProvision: boolean
  /** Succeeds with what asks the server to end. */
  readonly stopped: Effect.Effect<string>
}

/** Ports that are tried behind the one that was asked for. */
const portsTried = 20

/** How long calls may go on when the server is to end. */
const drainLimit = "10 seconds"

/** Resources that are provisioned at a time. */
const provisioned = 3

/** Serves until it is stopped. */
export const run = (options: Options) =>
  Effect.scoped(Effect.gen(function*() {
    const root = yield* Effect.try({
      try: () => realpathSync(options.folder),
      catch: (cause) =>
        new CliError({ message: `there is no folder ${options.folder}`, exitCode: ExitCode.notFound, cause })
    })
    const { tell } = yield* Reporter
    const sources = options.reload ? yield* Sources.make(root) : undefined
    const maker = Generation.maker(root, yield* makeWarm)
    const first = yield* maker.make(1).pipe(
      // what does not load may do so after the next save
      Effect.catchAll((error) =>
        options.reload
          ? Effect.as(tell(Event.ReloadFailed({ message: error.message })), error)
          : Effect.fail(error)
      )
    )
    if ("operations" in first && first.operations.length === 0) return yield* nothingToServe(first.notes)
    const served = serve(options, { first, maker, sources })
    yield* options.live ? Effect.provide(served, layerLive) : Effect.provide(served, layerLocal)
  }))

const nothingToServe = (notes: ReadonlyArray<string>) =>
  new CliError({
    message: ["there is nothing to serve: no module here exports a remote function", ...notes].join("\n"),
    hint: "`flash init` makes a project that has some; `flash run <file>` runs a program"
  })

const serve = (options: Options, project: Parameters<typeof Reloads.make>[0]) =>
  Effect.scoped(Effect.gen(function*() {
    const { tell } = yield* Reporter
    const target = yield* Target
    const tracing = yield* Trace.make
    const reloads = yield* Reloads.make(project)
    const handle = Router.make({
      host: options.host,
      calls: Calls.make(target, tracing),
      routes: RouteCalls.make(target, tracing),
      reloads
    })
    const server = yield* listen(options, handle)
    const { notes, operations } = yield* reloads.current
    const functions = listOf(operations)
    yield* tell(Event.Started({ url: urlOf(options.host, server.port), target: target.name, functions }))
    for (const message of notes) yield* tell(Event.Note({ message }))
    if (options.autoProvision) {
      const resources = new Set(operations.map(({ resource }) => resource))
      // what fails is told, and tried again by its first call
      yield* Effect.forkScoped(
        Effect.forEach(resources, (resource) => Effect.ignore(target.provision(resource)), {
          concurrency: provisioned,
          discard: true
        })
      )
    }
    const signal = yield* options.stopped
    yield* tell(Event.Stopping({ signal, calls: yield* server.active }))
    yield* Effect.timeoutTo(server.drain, {
      duration: drainLimit,
      onSuccess: () => Effect.void,
      onTimeout: () => Effect.flatMap(server.active, (calls) => tell(Event.Abandoned({ calls })))
    }).pipe(Effect.flatten)
  }))

const urlOf = (host: string, port: number): string =>
  `http://${host.includes(":") ? `[${host}]` : host === "0.0.0.0" ? "localhost" : host}:${port}`

/** On the port that was asked for, or the next one that is free. */
const listen = ({ host, port }: Options, handle: Http.Options["handle"]) => {
  const attempt = (tried: number): ReturnType<typeof Http.serve> =>
    Effect.catchIf(
      Http.serve({ host, port: port === 0 ? 0 : port + tried, handle }),
      ({ cause }) => cause.code === "EADDRINUSE" && tried < portsTried,
      () => attempt(tried + 1)
    )
  return attempt(0).pipe(
    Effect.tap((server) =>
      port === 0 || server.port === port
        ? Effect.void
        : Effect.flatMap(Reporter, ({ tell }) => tell(Event.PortTaken({ port, instead: server.port })))
    ),
    Effect.mapError((error) =>
      new CliError({
        message: `port ${error.port} of ${host} cannot be listened on: ${error.cause.message}`,
        hint: "name another with --port or --host",
        cause: error.cause
      })
    )
  )
}
