/** `flash login`: keeps a key of the account on this machine, once RunPod has taken it. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { FlashAuthRequest } from "../../src/runpod/graphql/FlashApps.ts"
import type { GraphqlError } from "../../src/runpod/RunpodError.ts"
import { CliError, ExitCode } from "../CliError.ts"
import type { Clients } from "../services/Clients.ts"
import { withClients } from "../services/Clients.ts"
import { checkKey } from "../services/KeyCheck.ts"
import { openBrowser } from "../services/openBrowser.ts"
import { answer, json } from "../ui/Answer.ts"
import { inRange } from "../ui/Numbers.ts"
import * as Progress from "../ui/Progress.ts"
import { bold } from "../ui/Text.ts"

const noOpen = Options.boolean("no-open").pipe(Options.withDescription("Print the address only"))
const timeout = Options.integer("timeout").pipe(
  Options.withDescription("Seconds to wait for the approval"),
  Options.withDefault(600)
)
const stdin = Options.boolean("api-key-stdin").pipe(Options.withDescription("Read a key from standard input instead"))

const refused = (message: string) => new CliError({ message, hint: "run `flash login` again", exitCode: ExitCode.auth })

const fromStdin = Stream.suspend(() =>
  Stream.fromAsyncIterable(
    // with an encoding set it gives texts
    process.stdin.setEncoding("utf8") as AsyncIterable<string>,
    (cause) => new CliError({ message: "standard input cannot be read", cause })
  )
).pipe(
  Stream.mkString,
  Effect.map((text) => text.trim()),
  Effect.filterOrFail(
    (key) => key !== "",
    () => new CliError({ message: "there is no key on standard input", exitCode: ExitCode.usage })
  ),
  Effect.map(Redacted.make)
)

/** The key, once the login was approved; a reason once it never will be. */
const judge = ({ apiKey, status }: FlashAuthRequest): Effect.Effect<Redacted.Redacted | undefined, CliError> => {
  if (apiKey !== undefined && (status === "APPROVED" || status === "CONSUMED")) return Effect.succeed(apiKey)
  switch (status) {
    case "DENIED":
      return refused("the login was denied")
    case "EXPIRED":
      return refused("the login was not approved in time")
    case "CONSUMED":
      return refused("the key of this login was given to somebody else")
    default:
      return Effect.succeed(undefined)
  }
}

const fromBrowser = ({ config, graphql }: Clients, options: { readonly noOpen: boolean; readonly timeout: number }) =>
  Effect.gen(function*() {
    const request = yield* graphql.createFlashAuthRequest
    const url = `${config.consoleBaseUrl}/flash/login?request=${encodeURIComponent(request.id)}`
    yield* Console.error(`Approve this login in a browser:\n\n  ${bold(url)}\n`)
    if (!options.noOpen) yield* openBrowser(url)
    const expiry = request.expiresAt === undefined ? Infinity : Date.parse(request.expiresAt)
    const left = Math.max(0, expiry - (yield* Clock.currentTimeMillis))
    const poll: Effect.Effect<Redacted.Redacted, CliError | GraphqlError> = Effect.flatMap(
      Effect.flatMap(graphql.flashAuthRequestStatus(request.id), judge),
      (key) => key === undefined ? Effect.delay(poll, "2 seconds") : Effect.succeed(key)
    )
    yield* (yield* Progress.make).more("Waiting for the approval")
    return yield* Effect.timeoutFail(poll, {
      duration: Duration.millis(Math.min(options.timeout * 1000, Number.isNaN(left) ? Infinity : left)),
      onTimeout: () => refused("the login was not approved in time")
    })
  }).pipe(Effect.scoped)

export const login = Command.make(
  "login",
  { noOpen, timeout, stdin, json },
  (options) =>
    withClients((clients) =>
      Effect.gen(function*() {
        yield* inRange("--timeout", options.timeout, { min: 1 })
        const ApiKey = yield* Effect.promise(() => import("../../src/runpod/ApiKey.ts"))
        const key = options.stdin ? yield* fromStdin : yield* fromBrowser(clients, options)
        yield* checkKey(clients.config, key, options.stdin ? "standard input" : "this login")
        const file = yield* ApiKey.save(key)
        const counts = yield* ApiKey.find()
        const isShadowed = Redacted.value(counts.value) !== Redacted.value(key)
        yield* answer(options, { file, keyOrigin: counts.origin }, () =>
          [
            `The key is kept in ${file}.`,
            ...(isShadowed
              ? [`But the one from ${counts.origin} goes before it: remove that one to use the new one.`]
              : [])
          ].join("\n"))
      })
    )
).pipe(Command.withDescription("Log in with a browser, and keep the account's API key on this machine"))
