/** What `flash doctor` looks at. Each check tells what it found, and none keeps another from being made. */
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Endpoint } from "../../src/runpod/rest/Endpoints.ts"
import { codedWordsOf } from "../failures.ts"
import type { Clients } from "./Clients.ts"
import { withResources } from "./Clients.ts"
import type { Recorded } from "./Deletion.ts"
import { inspect } from "./Deletion.ts"
import { checkKey } from "./KeyCheck.ts"
import { orphans } from "./orphans.ts"

export interface Finding {
  readonly check: string
  readonly result: "good" | "doubtful" | "bad"
  readonly detail: string
}

const finding = (check: string, result: Finding["result"], detail: string): Finding => ({ check, result, detail })

const failed = (check: string) => (error: unknown): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.succeed([finding(check, "bad", codedWordsOf(error))])

const node = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  return major > 20 || (major === 20 && minor >= 19)
    ? finding("Node", "good", process.version)
    : finding("Node", "bad", `${process.version}; 20.19 or later is needed`)
}

/** Effect 4 has the same name and other modules. */
const effectVersion = (folder: string): ReadonlyArray<Finding> => {
  const file = join(folder, "node_modules", "effect", "package.json")
  if (!existsSync(file)) return []
  const { version = "" }: { readonly version?: string } = JSON.parse(readFileSync(file, "utf8"))
  return [
    version.startsWith("3.")
      ? finding("Packages", "good", `effect ${version}`)
      : finding("Packages", "bad", `effect ${version}; version 3 is needed: \`npm install effect@3\``)
  ]
}

/** Worker processes of a platform that is gone: they hold memory, and a port. */
const processes: Effect.Effect<ReadonlyArray<Finding>> = Effect.map(orphans, (all) =>
  all === undefined
    ? []
    : all.length === 0
    ? [finding("Processes", "good", "no worker process is left over on this machine")]
    : all.map(({ pid }) =>
      finding("Processes", "doubtful", `worker process ${pid} is left over from a platform that ended: kill ${pid}`)
    ))

const key = ({ config }: Clients): Effect.Effect<Finding> =>
  config.apiKey.pipe(
    Effect.flatMap(({ origin, value }) =>
      Effect.map(checkKey(config, value, origin), (endpoints) =>
        finding("API key", "good", `from ${origin}; ${config.restBaseUrl} answers, with ${endpoints} endpoints`))
    ),
    Effect.catchAll((error) =>
      Effect.succeed(finding("API key", "bad", codedWordsOf(error)))
    )
  )

interface Place {
  readonly app: string
  readonly env: string
}

/** What this folder has on record; a file that cannot be read does not hide the others. */
const recorded = Effect.gen(function*() {
  const { places } = yield* Effect.promise(() => import("../../src/provision/ResourceState.ts"))
  const found = yield* Effect.forEach(
    yield* places(),
    (place) =>
      Effect.match(withResources(place)(({ list }) => list), {
        onSuccess: (records) => ({ place, records, problem: undefined }),
        onFailure: (error) => ({ place, records: [], problem: finding("Records", "bad", codedWordsOf(error)) })
      })
  )
  return found
})

const optionsOf = ({ app, env }: Place): string => app === "live" && env === "live" ? "" : ` --app ${app} --env ${env}`

const recordFindings = (place: Place, all: ReadonlyArray<Recorded>): ReadonlyArray<Finding> =>
  all.flatMap(({ presence, record: { endpointId, endpointName, name, status } }) => {
    const what = endpointId === undefined ? endpointName : `${endpointName} (${endpointId})`
    if (presence === "gone") {
      return [finding(
        "Records",
        "doubtful",
        `${what} is on record and not on the platform: \`flash undeploy --cleanup-stale${optionsOf(place)}\``
      )]
    }
    return status === "ready" ? [] : [finding(
      "Records",
      "doubtful",
      `${what} was left while ${status}: its next call, or \`flash undeploy ${name}${optionsOf(place)}\`, ends it`
    )]
  })

/** Live endpoints stay, and may cost, until somebody removes them. */
const leftovers = (endpoints: ReadonlyArray<Endpoint>, known: ReadonlySet<string>): ReadonlyArray<Finding> => {
  const live = endpoints.filter(({ name }) => name.startsWith("live-"))
  const costly = live.filter(({ workers }) => workers.min > 0)
  const strange = live.filter(({ id }) => !known.has(id))
  return [
    ...costly.map(({ id, name, workers }) =>
      finding(
        "Endpoints",
        "doubtful",
        `${name} (${id}) keeps ${workers.min} workers while nobody calls; \`flash undeploy ${name.slice(5)}\` ends that`
      )
    ),
    ...strange.filter(({ workers }) => workers.min === 0).map(({ id, name }) =>
      finding(
        "Endpoints",
        "doubtful",
        `${name} (${id}) is of no record in this folder; where no other folder uses it, \`flash undeploy ${
          name.slice(5)
        }\` deletes it`
      )
    ),
    ...(costly.length + strange.length > 0 ? [] : [finding("Endpoints", "good", "no live endpoint is left over")])
  ]
}

const onPlatform = (clients: Clients) =>
  Effect.gen(function*() {
    const found = yield* recorded
    const records = yield* Effect.forEach(found, ({ place, records }) =>
      Effect.map(inspect(clients, records), (all) => recordFindings(place, all)))
    const odd = [
      ...found.flatMap(({ problem }) =>
        problem ?? []
      ),
      ...records.flat()
    ]
    const known = new Set(found.flatMap(({ records }) => records.flatMap(({ endpointId }) => endpointId ?? [])))
    return [
      ...(odd.length > 0 ? odd : [finding("Records", "good", "every endpoint on record is there")]),
      ...leftovers(yield* clients.rest.listEndpoints, known)
    ]
  }).pipe(Effect.catchAll(failed("Records")))

/** Without the platform it is still known what cannot be read. */
const onlyHere = Effect.map(recorded, (found) => found.flatMap(({ problem }) => problem ?? [])).pipe(
  Effect.catchAll(failed("Records"))
)

/** Everything that was found, from this machine to the account. */
export const diagnose = (clients: Clients) =>
  Effect.gen(function*() {
    const here = [node(), ...effectVersion(process.cwd()), ...(yield* processes)]
    const account = yield* key(clients)
    return [...here, account, ...(yield* account.result === "bad" ? onlyHere : onPlatform(clients))]
  })
