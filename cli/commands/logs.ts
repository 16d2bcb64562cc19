/** `flash logs`: what workers print, as they print it, until it is interrupted. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LogLine } from "../../src/runpod/rest/Workers.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { withClients } from "../services/Clients.ts"
import { findEndpoint } from "../services/findEndpoint.ts"
import { json } from "../ui/Answer.ts"
import { inRange } from "../ui/Numbers.ts"
import { bad, dim, printable } from "../ui/Text.ts"

const endpoint = Args.text({ name: "endpoint" }).pipe(Args.withDescription("Id or name of an endpoint"))
const worker = Options.text("worker").pipe(
  Options.withDescription("One worker; all that there are where it is not said"),
  Options.optional
)
const tail = Options.integer("tail").pipe(
  Options.withAlias("n"),
  Options.withDescription("Lines of the past"),
  Options.withDefault(100)
)
const system = Options.boolean("system").pipe(
  Options.withDescription("What the platform did with the worker, instead of what it printed")
)

const line = (workerId: string, several: boolean, { line, ts }: LogLine): string =>
  `${dim(several ? `${ts} ${workerId}` : ts)} ${
    /\b(ERROR|FATAL)\b/.test(line) ? bad(printable(line)) : printable(line)
  }`

/** Nobody reads what is printed any more, as below `| head`. */
const readerLeft = Effect.async<void>((resume) => {
  const left = () => resume(Effect.void)
  process.stdout.once("error", left)
  return Effect.sync(() => process.stdout.off("error", left))
})

export const logs = Command.make(
  "logs",
  { endpoint, worker, tail, system, json },
  (options) =>
    withClients((clients) =>
      Effect.gen(function*() {
        yield* inRange("--tail", options.tail, { min: 0 })
        const { id, name } = yield* findEndpoint(clients, options.endpoint)
        const { workers } = yield* clients.rest.listEndpointWorkers(id)
        const ids = Option.match(options.worker, {
          onNone: () => workers.map(({ id }) => id),
          onSome: (wanted) => [wanted]
        })
        if (ids.length === 0) {
          return yield* new CliError({
            message: `${name} has no worker now`,
            hint: "a worker starts with the next call",
            exitCode: ExitCode.notFound
          })
        }
        yield* Stream.mergeAll(
          ids.map((workerId) =>
            clients.rest.getWorkerLogs({
              endpointId: id,
              workerId,
              tail: options.tail,
              source: options.system ? "system" : "container"
            }).pipe(
              Stream.map((entry) =>
                options.json ? JSON.stringify({ workerId, ...entry }) : line(workerId, ids.length > 1, entry)
              )
            )
          ),
          { concurrency: "unbounded" }
        ).pipe(Stream.runForEach((text) => Console.log(text)), Effect.raceFirst(readerLeft))
      })
    )
).pipe(Command.withDescription("Follow what the workers of an endpoint print"))
