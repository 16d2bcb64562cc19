/** `flash env`: the environments of an app. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import type { FlashEnvironmentSummary } from "../../src/runpod/graphql/FlashApps.ts"
import { withClients } from "../services/Clients.ts"
import { app, appName } from "../services/Place.ts"
import { removeEnvironment } from "../services/Removal.ts"
import { answer, json } from "../ui/Answer.ts"
import { confirm, yes } from "../ui/Confirm.ts"
import { bad, bold, busy, count, dateTime, dim, doubtful, good, table } from "../ui/Text.ts"

const name = Args.text({ name: "name" }).pipe(Args.withDescription("The environment"))

const colors: Readonly<Record<string, (text: string) => string>> = {
  HEALTHY: good,
  BUILDING: busy,
  DEPLOYING: busy,
  ERROR: bad
}

const stateOf = (state: string | undefined): string => state === undefined ? "-" : (colors[state] ?? doubtful)(state)

export const environmentHeads = ["Environment", "State", "Build", "Created"]

export const environmentRows = (environments: ReadonlyArray<FlashEnvironmentSummary>) =>
  environments.map((environment) => [
    bold(environment.name),
    stateOf(environment.state),
    environment.activeBuildId ?? "-",
    dateTime(environment.createdAt)
  ])

const list = Command.make(
  "list",
  { app, json },
  (options) =>
    withClients(({ apps }) =>
      Effect.gen(function*() {
        const app = yield* appName(options.app)
        const environments = yield* apps.listEnvironments(app)
        yield* answer(options, environments, () =>
          environments.length === 0
            ? `App ${app} has no environment. \`flash deploy\` makes one, or \`flash env create <name>\`.`
            : table(environmentHeads, environmentRows(environments)))
      })
    )
).pipe(Command.withDescription("The environments of an app"))

const create = Command.make(
  "create",
  { name, app, json },
  (options) =>
    withClients(({ apps }) =>
      Effect.gen(function*() {
        const name = yield* appName(options.app)
        yield* apps.getOrCreate(name)
        const environment = yield* apps.createEnvironment(name, options.name)
        yield* answer(
          options,
          environment,
          () => `Created environment ${bold(environment.name)} of app ${bold(name)} ${dim(environment.id)}`
        )
      })
    )
).pipe(Command.withDescription("Make an environment, and its app where there is none"))

const named = (things: ReadonlyArray<{ readonly id: string; readonly name?: string | undefined }>) =>
  // the platform tells them in no order
  things.map(({ id, name = "-" }) => ({ id, name })).toSorted((a, b) => a.name < b.name ? -1 : 1)
    .map(({ id, name }) => `  ${name} ${dim(id)}`)

const get = Command.make(
  "get",
  { name, app, json },
  (options) =>
    withClients(({ apps }) =>
      Effect.gen(function*() {
        const app = yield* appName(options.app)
        const environment = yield* apps.getEnvironment(app, options.name)
        const { endpoints, networkVolumes } = environment
        yield* answer(options, environment, () =>
          [
            `${bold(environment.name)} of app ${bold(app)} ${dim(environment.id)}`,
            `State: ${stateOf(environment.state)}`,
            `Build: ${environment.activeBuildId ?? "-"}`,
            `Created: ${dateTime(environment.createdAt)}`,
            ...(endpoints.length === 0 ? [] : ["Endpoints:", ...named(endpoints)]),
            ...(networkVolumes.length === 0 ? [] : ["Network volumes:", ...named(networkVolumes)]),
            ...(endpoints.length + networkVolumes.length === 0
              ? [`Nothing is deployed there yet: \`flash deploy --env ${environment.name}\`.`]
              : [
                dim(
                  `Deploy again: flash deploy --env ${environment.name}; delete: flash env delete ${environment.name}`
                )
              ])
          ].join("\n"))
      })
    )
).pipe(Command.withDescription("One environment, its endpoints and volumes"))

const remove = Command.make(
  "delete",
  { name, app, yes, json },
  (options) =>
    withClients((clients) =>
      Effect.gen(function*() {
        const place = { app: yield* appName(options.app), env: options.name }
        const environment = yield* clients.apps.getEnvironment(place.app, place.env)
        const { endpoints } = environment
        const what = endpoints.length === 0
          ? ""
          : ` with ${count(endpoints.length, "endpoint")} (${endpoints.map(({ id, name }) => name ?? id).join(", ")})`
        if (!(yield* confirm(options, `Delete environment ${place.env} of app ${place.app}${what}?`))) {
          return yield* answer(options, { ...place, deleted: false }, () => "Nothing was deleted.")
        }
        const removed = yield* removeEnvironment(clients, place, environment)
        yield* answer(
          options,
          { ...place, deleted: true, endpoints: removed },
          () =>
            [...removed.map((name) => `Deleted endpoint ${name}`), `Deleted environment ${bold(place.env)}`].join("\n")
        )
      })
    )
).pipe(Command.withDescription("Delete an environment with its endpoints; volumes stay"))

export const env = Command.make("env").pipe(
  Command.withDescription("Environments of an app, each with the build that its endpoints run"),
  Command.withSubcommands([list, create, get, remove])
)
