/** Deletes what this folder has on record, one after the other, and finds what of it is not there any more. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { ProvisionError } from "../../src/provision/Provisioner.ts"
import type { NotDeployed, ResourceManager } from "../../src/provision/ResourceManager.ts"
import type { Place, ResourceRecord } from "../../src/provision/ResourceState.ts"
import type { Endpoint } from "../../src/runpod/rest/Endpoints.ts"
import type { RequestError } from "../../src/runpod/RunpodError.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { entryOf } from "../errors/Registry.ts"
import { codedWordsOf, exitCodeOf } from "../failures.ts"
import type { Clients } from "./Clients.ts"

export interface Failure {
  readonly name: string
  readonly error: ProvisionError | NotDeployed
}

export interface Deletion {
  readonly deleted: ReadonlyArray<string>
  readonly failures: ReadonlyArray<Failure>
}

/** Deletes each, also where others could not be. */
export const deleteEach = (
  manager: typeof ResourceManager.Service,
  names: ReadonlyArray<string>,
  done: (name: string) => Effect.Effect<void>
): Effect.Effect<Deletion> =>
  Effect.map(
    Effect.partition(names, (name) =>
      manager.undeploy(name).pipe(
        Effect.zipRight(done(name)),
        Effect.as(name),
        Effect.mapError((error): Failure => ({ name, error }))
      )),
    ([failures, deleted]) => ({ deleted, failures })
  )

/** Some deleted and some not is a code of its own; where none was, it is theirs, as far as they agree. */
const codeOf = ({ deleted, failures }: Deletion): number => {
  if (failures.length === 0) return ExitCode.ok
  if (deleted.length > 0) return ExitCode.partial
  const [code = ExitCode.failure, ...others] = new Set(failures.map(({ error }) => exitCodeOf(error)))
  return others.length > 0 ? ExitCode.failure : code
}

export const notDeleted = (deletion: Deletion): CliError =>
  new CliError({
    message: `not deleted, and still on record:${
      deletion.failures.map(({ error, name }) => `\n  ${name}: ${codedWordsOf(error)}`).join("")
    }`,
    hint: "what is not deleted goes on costing; run the command again when the cause is mended",
    exitCode: codeOf(deletion)
  })

export const deletionJson = ({ deleted, failures }: Deletion) => ({
  deleted,
  failed: failures.map(({ error, name }) => ({
    name,
    code: entryOf(error)?.code ?? null,
    message: codedWordsOf(error)
  }))
})

/** Whether the platform has what a record is of. */
export type Presence = "there" | "gone" | "unknown"

export interface Recorded {
  readonly record: ResourceRecord
  readonly presence: Presence
}

/**
 * Which of these are there. One that is not in the list of endpoints is asked for by its id, since only the platform's
 * own "not found" counts as gone.
 */
export const inspect = (
  { rest }: Clients,
  records: ReadonlyArray<ResourceRecord>
): Effect.Effect<ReadonlyArray<Recorded>, RequestError> =>
  records.length === 0 ?
    Effect.succeed([]) :
    Effect.flatMap(rest.listEndpoints, (endpoints) =>
      Effect.forEach(records, (record) => {
        const { endpointId, endpointName } = record
        const presence: Effect.Effect<Presence> = endpoints.some(({ id, name }) =>
            endpointId === undefined ? name === endpointName : id === endpointId
          )
          ? Effect.succeed("there")
          : endpointId === undefined
          ? Effect.succeed("gone")
          : rest.getEndpoint(endpointId).pipe(
            Effect.as<Presence>("there"),
            Effect.catchTag("NotFound", () => Effect.succeed<Presence>("gone")),
            Effect.catchAll(() => Effect.succeed<Presence>("unknown"))
          )
        return Effect.map(presence, (presence) => ({ record, presence }))
      }, { concurrency: 4 }))

/** Live endpoints that no record here is of: another folder, or another machine, has made them. */
const unrecorded = (endpoints: ReadonlyArray<Endpoint>, records: ReadonlyArray<ResourceRecord>) =>
  endpoints.filter(({ id, name }) =>
    name.startsWith(livePrefix) &&
    !records.some(({ endpointId, endpointName }) =>
      endpointId === undefined ? endpointName === name : endpointId === id
    )
  )

const livePrefix = "live-"

export interface Listed {
  readonly recorded: ReadonlyArray<Recorded>
  /** By the names of their resources. */
  readonly others: ReadonlyArray<{ readonly name: string; readonly endpoint: Endpoint }>
}

/** As far as the platform can be asked; it may be that there is no key, or no network. */
export const inspectWherePossible = (
  clients: Clients,
  place: Place,
  records: ReadonlyArray<ResourceRecord>
): Effect.Effect<Listed> =>
  Effect.all({
    recorded: inspect(clients, records),
    // what an environment of an app has, `flash env get` tells
    others: place.env !== "live" ?
      Effect.succeed([]) :
      Effect.map(
        clients.rest.listEndpoints,
        (endpoints) =>
          unrecorded(endpoints, records).map((endpoint) => ({ name: endpoint.name.slice(livePrefix.length), endpoint }))
      )
  }).pipe(
    Effect.catchAll((error) =>
      Effect.as(
        Console.error(`What is on the platform is not known: ${codedWordsOf(error)}`),
        { recorded: records.map((record): Recorded => ({ record, presence: "unknown" })), others: [] }
      )
    )
  )
