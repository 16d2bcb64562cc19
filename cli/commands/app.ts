/** `flash app`: named groups of environments. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { withClients } from "../services/Clients.ts"
import { removeApp } from "../services/Removal.ts"
import { answer, json } from "../ui/Answer.ts"
import { confirm, yes } from "../ui/Confirm.ts"
import { bold, count, dateTime, dim, table } from "../ui/Text.ts"
import { environmentHeads, environmentRows } from "./env.ts"

const name = Args.text({ name: "name" }).pipe(Args.withDescription("The app"))

/** Builds that are shown of an app; `--json` has them all. */
const shownBuilds = 5

const list = Command.make(
  "list",
  { json },
  (options) =>
    withClients(({ apps }) =>
      Effect.flatMap(apps.list, (all) =>
        answer(options, all, () =>
          all.length === 0
            ? "There is no app. `flash deploy` makes one, or `flash app create <name>`."
            : table(
              ["App", "Id", "Environments", "Builds"],
              all.map((app) => [
                bold(app.name),
                app.id,
                app.flashEnvironments.map(({ name }) => name).join(", ") || "-",
                String(app.flashBuilds.length)
              ])
            )))
    )
).pipe(Command.withDescription("The account's apps"))

const create = Command.make(
  "create",
  { name, json },
  (options) =>
    withClients(({ apps }) =>
      Effect.flatMap(
        apps.create(options.name),
        (app) => answer(options, app, () => `Created app ${bold(app.name)} ${dim(app.id)}`)
      )
    )
).pipe(Command.withDescription("Make an app"))

const get = Command.make("get", { name, json }, (options) =>
  withClients(({ apps }) =>
    Effect.gen(function*() {
      const app = yield* apps.get(options.name)
      // the newest last, as the platform tells them
      const builds = [...(yield* apps.listBuilds(options.name))].reverse()
      yield* answer(options, { ...app, flashBuilds: builds }, () =>
        [
          `${bold(app.name)} ${dim(app.id)}`,
          "",
          app.flashEnvironments.length === 0
            ? "No environment."
            : table(environmentHeads, environmentRows(app.flashEnvironments)),
          "",
          builds.length === 0
            ? "No build."
            : table(
              ["Build", "Created"],
              builds.slice(0, shownBuilds).map((build) => [build.id, dateTime(build.createdAt)])
            ),
          ...(builds.length > shownBuilds ? [dim(`and ${count(builds.length - shownBuilds, "older build")}`)] : [])
        ].join("\n"))
    })
  )).pipe(Command.withDescription("One app, its environments and builds"))

const remove = Command.make(
  "delete",
  { name, yes, json },
  (options) =>
    withClients((clients) =>
      Effect.gen(function*() {
        const app = yield* clients.apps.get(options.name)
        const environments = app.flashEnvironments.map(({ name }) => name)
        const what = environments.length === 0
          ? ""
          : ` with ${count(environments.length, "environment")} (${environments.join(", ")}) and their endpoints`
        if (!(yield* confirm(options, `Delete app ${app.name}${what}?`))) {
          return yield* answer(options, { app: app.name, deleted: false }, () => "Nothing was deleted.")
        }
        const removed = yield* removeApp(clients, app)
        yield* answer(options, { app: app.name, deleted: true, endpoints: removed }, () =>
          [...removed.map((name) => `Deleted endpoint ${name}`), `Deleted app ${bold(app.name)}`].join("\n"))
      })
    )
).pipe(Command.withDescription("Delete an app with its environments and endpoints; volumes stay"))

export const app = Command.make("app").pipe(
  Command.withDescription("Apps: named groups of environments"),
  Command.withSubcommands([list, create, get, remove])
)
