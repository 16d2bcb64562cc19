import * as Command from "@effect/cli/Command"
import { isConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import { ExitCode } from "../CliError.ts"
import { entryOf } from "../errors/Registry.ts"
import { ExitStatus } from "../ExitStatus.ts"
import type { Clients } from "../services/Clients.ts"
import { withClients, withResources } from "../services/Clients.ts"
import { checkKey } from "../services/KeyCheck.ts"
import { answer, json } from "../ui/Answer.ts"
import { bad, dim, doubtful, good } from "../ui/Text.ts"

interface Finding {
  readonly check: string
  readonly result: "good" | "doubtful" | "bad"
  readonly detail: string
}

const marks = { good: good("ok  "), doubtful: doubtful("look"), bad: bad("bad ") } as const

const finding = (check: string, result: Finding["result"], detail: string): Finding => ({ check, result, detail })

const wordsOf = (error: { readonly message?: string }): string => {
  const code = entryOf(error)?.code
  const message = isConfigError(error) ? String(error) : error.message ?? String(error)
  return code === undefined ? message : `${message} (${code})`
}

const node = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  return major > 20 || (major === 20 && minor >= 19)
    ? finding("Node", "good", process.version)
    : finding("Node", "bad", `${process.version}; 20.19 or later is needed`)
}

const key = ({ config }: Clients) =>
  config.apiKey.pipe(
    Effect.flatMap(({ origin, value }) =>
      Effect.map(checkKey(config, value, origin), (endpoints) =>
        finding("API key", "good", `from ${origin}; ${config.restBaseUrl} answers, with ${endpoints} endpoints`))
    ),
    Effect.catchAll((error) =>
      Effect.succeed(finding("API key", "bad", wordsOf(error)))
    )
  )

/** What is recorded and not there, and what was left half done. */
const records = ({ rest }: Clients) =>
  Effect.gen(function*() {
    const live = new Set((yield* rest.listEndpoints).map(({ id }) => id))
    const { places } = yield* Effect.promise(() => import("../../src/provision/ResourceState.ts"))
    const found = yield* Effect.forEach(yield* places(), (place) =>
      Effect.map(
        withResources(place)(({ list }) => list),
        (all) =>
          all.flatMap(({ endpointId, endpointName, status }) => [
            ...(status === "ready" ? [] : [
              finding(
                "Records",
                "doubtful",
                `${endpointName} was left while ${status}; its next call or undeploy ends it`
              )
            ]),
            ...(endpointId === undefined || live.has(endpointId) ? [] : [
              finding("Records", "doubtful", `${endpointName} (${endpointId}) is on record and not on the platform`)
            ])
          ])
      ))
    const odd = found.flat()
    return odd.length > 0 ? odd : [finding("Records", "good", "every endpoint on record is there")]
  }).pipe(Effect.catchAll((error) => Effect.succeed([finding("Records", "bad", wordsOf(error))])))

/** Live endpoints stay, and may cost, until somebody removes them. */
const leftovers = ({ rest }: Clients) =>
  Effect.map(rest.listEndpoints, (endpoints) => {
    const costly = endpoints.filter(({ name, workers }) => name.startsWith("live-") && workers.min > 0)
    return costly.length === 0
      ? [finding("Endpoints", "good", "no live endpoint keeps workers while nobody calls")]
      : costly.map(({ id, name, workers }) =>
        finding("Endpoints", "doubtful", `${name} (${id}) keeps ${workers.min} workers; \`flash undeploy\` ends that`)
      )
  }).pipe(Effect.catchAll((error) => Effect.succeed([finding("Endpoints", "bad", wordsOf(error))])))

/** `flash doctor`: what may be wrong on this machine, with the key, and with what was left on the account. */
export const doctor = Command.make("doctor", { json }, (options) =>
  withClients((clients) =>
    Effect.gen(function*() {
      const first = [node(), yield* key(clients)]
      const isReached = first.every(({ result }) => result !== "bad")
      const findings = isReached ? [...first, ...(yield* records(clients)), ...(yield* leftovers(clients))] : first
      yield* answer(options, findings, () =>
        findings.map(({ check, detail, result }) => `${marks[result]}  ${check}: ${dim(detail)}`).join("\n"))
      const { set } = yield* ExitStatus
      if (
        findings.some(({ result }) =>
          result === "bad"
        )
      ) yield* set(ExitCode.failure)
    })
  )).pipe(Command.withDescription("Look for what is wrong: the key, the connection, records, leftovers"))
