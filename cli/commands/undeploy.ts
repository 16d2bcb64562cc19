/** `flash undeploy`: deletes endpoints. What could not be deleted keeps its record, and the command fails. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Prompt from "@effect/cli/Prompt"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ResourceManager } from "../../src/provision/ResourceManager.ts"
import type { Place, ResourceRecord } from "../../src/provision/ResourceState.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { ExitStatus } from "../ExitStatus.ts"
import { problemOf } from "../failures.ts"
import { problemLines, problemObject } from "../problem.ts"
import type { Clients } from "../services/Clients.ts"
import { deployedNames, forgetActiveBuild, withClients, withResources } from "../services/Clients.ts"
import type { Listed, Presence } from "../services/Deletion.ts"
import { deleteEach, deletionJson, inspect, inspectWherePossible, notDeleted } from "../services/Deletion.ts"
import { answer, json } from "../ui/Answer.ts"
import { ask, confirm, yes } from "../ui/Confirm.ts"
import { bad, bold, count, doubtful, good, table } from "../ui/Text.ts"

/** Of endpoints that live calls have made; a folder's own. */
const liveEnvironment = "live"

const name = Args.text({ name: "name" }).pipe(
  Args.withDescription("The resource, or `list` to see what there is"),
  Args.optional
)
const all = Options.boolean("all").pipe(Options.withDescription("Every resource of the environment"))
const interactive = Options.boolean("interactive").pipe(
  Options.withAlias("i"),
  Options.withDescription("Choose from a list")
)
const cleanupStale = Options.boolean("cleanup-stale").pipe(
  Options.withDescription("Forget what is on record and was deleted elsewhere")
)
const force = Options.boolean("force").pipe(Options.withAlias("f"), Options.withDescription("The same as --yes"))
const app = Options.text("app").pipe(
  Options.withAlias("a"),
  Options.withDescription("The app; `live` is that of calls without a deployment"),
  Options.withDefault("live")
)
const env = Options.text("env").pipe(
  Options.withAlias("e"),
  Options.withDescription("Its environment; `live` is that of calls without a deployment"),
  Options.withDefault(liveEnvironment)
)

interface Input {
  readonly yes: boolean
  readonly json: boolean
}

type Manager = typeof ResourceManager.Service

const titleOf = ({ endpointId = "id unknown", endpointName, name, status }: ResourceRecord): string =>
  `${name}: ${endpointName} (${endpointId})${status === "ready" ? "" : `, ${status}`}`

const presenceText: Readonly<Record<Presence, string>> = {
  there: good("there"),
  gone: bad("gone"),
  unknown: doubtful("unknown")
}

const listText = ({ others, recorded }: Listed): string => {
  if (recorded.length + others.length === 0) return "Nothing is deployed."
  const gone = recorded.filter(({ presence }) => presence === "gone").length
  return [
    table(
      ["Resource", "Endpoint", "Id", "State", "On the platform"],
      [
        ...recorded.map(({ presence, record }) => [
          bold(record.name),
          record.endpointName,
          record.endpointId ?? "-",
          record.status,
          presenceText[presence]
        ]),
        ...others.map(({ endpoint: { id, name: endpointName }, name }) => [
          bold(name),
          endpointName,
          id,
          doubtful("not on record here"),
          presenceText.there
        ])
      ]
    ),
    ...(gone === 0 ?
      [] :
      [`\`flash undeploy --cleanup-stale\` forgets ${count(gone, "endpoint")} that ${gone === 1 ? "is" : "are"} gone.`])
  ].join("\n")
}

const listJson = ({ others, recorded }: Listed) => [
  ...recorded.map(({ presence, record }) => ({
    name: record.name,
    type: record.type,
    endpointName: record.endpointName,
    endpointId: record.endpointId ?? null,
    status: record.status,
    presence
  })),
  ...others.map(({ endpoint, name }) => ({
    name,
    type: null,
    endpointName: endpoint.name,
    endpointId: endpoint.id,
    status: null,
    presence: "there"
  }))
]

const list = (clients: Clients, place: Place, manager: Manager, input: Input) =>
  Effect.gen(function*() {
    const found = yield* inspectWherePossible(clients, place, yield* manager.list)
    yield* answer(input, listJson(found), () => listText(found))
  })

const nothing = (input: Input, text: string) => answer(input, { deleted: [], failed: [] }, () => text)

/** Deletes, says what became of each, and fails where one is still there. */
const remove = (
  place: Place,
  manager: Manager,
  names: ReadonlyArray<string>,
  input: Input,
  verb = "Deleted"
) =>
  Effect.gen(function*() {
    const deletion = yield* deleteEach(
      manager,
      names,
      (name) => input.json ? Effect.void : Console.log(`${verb} ${name}`)
    )
    const [first, ...others] = deletion.failures
    if (first === undefined) {
      // what is deployed there next is no change of what was
      if ((yield* manager.list).length === 0) yield* forgetActiveBuild(place)
      return yield* input.json ? Console.log(JSON.stringify(deletionJson(deletion), undefined, 2)) : Effect.void
    }
    // there is no record of what is not deployed
    const error = first.error._tag === "NotDeployed" && others.length === 0 ? first.error : notDeleted(deletion)
    if (!input.json) return yield* Effect.fail(error)
    // one answer, with what was done and what is wrong
    const problem = problemOf(error)
    yield* Console.log(JSON.stringify({ ...deletionJson(deletion), ...problemObject(problem) }, undefined, 2))
    for (const line of problemLines(problem)) yield* Console.error(line)
    yield* (yield* ExitStatus).set(problem.exitCode)
  })

/** Everything at once is asked about twice, and the second time no key that was pressed by habit is enough. */
const phrase = "DELETE ALL"

const confirmAll = (input: Input, names: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    if (!(yield* confirm(input, `Delete ${names.join(", ")}, with what is queued there?`))) return false
    if (input.yes) return true
    const message = `Type ${phrase} to go on.`
    const typed = yield* ask(message, "say --yes", Prompt.text({ message }))
    if (typed === phrase) return true
    return yield* new CliError({ message: `that was not "${phrase}": nothing was deleted` })
  })

const choose = (records: ReadonlyArray<ResourceRecord>) => {
  const message = "Which are to be deleted?"
  return ask(
    message,
    "name one, or give --all",
    Prompt.multiSelect({
      message,
      choices: records.map((record) => ({ title: titleOf(record), value: record.name }))
    })
  )
}

/** The names on record, and those that a deployment from another folder has endpoints of. */
const everything = (place: Place, records: ReadonlyArray<ResourceRecord>) =>
  Effect.gen(function*() {
    const known = records.map(({ name }) => name)
    if (place.env === liveEnvironment) return known
    return [...new Set([...known, ...yield* deployedNames(place)])].toSorted()
  })

const removeStale = (clients: Clients, place: Place, manager: Manager, input: Input) =>
  Effect.gen(function*() {
    const found = yield* inspect(clients, yield* manager.list)
    const names = found.filter(({ presence }) => presence === "gone").map(({ record }) => record.name)
    if (names.length === 0) return yield* nothing(input, "Every endpoint on record is there.")
    if (!(yield* confirm(input, `Forget ${names.join(", ")}? ${names.length === 1 ? "It is" : "They are"} gone.`))) {
      return yield* nothing(input, "Nothing was forgotten.")
    }
    yield* remove(place, manager, names, input, "Forgot")
  })

export const undeploy = Command.make(
  "undeploy",
  { name, all, interactive, cleanupStale, yes, force, app, env, json },
  (options) =>
    Effect.gen(function*() {
      const place: Place = { app: options.app, env: options.env }
      const input = { json: options.json, yes: options.yes || options.force }
      const modes = [Option.isSome(options.name), options.all, options.interactive, options.cleanupStale]
      if (modes.filter((is) => is).length !== 1) {
        return yield* new CliError({
          message: "name one resource, or give one of --all, --interactive and --cleanup-stale",
          hint: "`flash undeploy list` shows what there is",
          exitCode: ExitCode.usage
        })
      }
      yield* withResources(place)((manager) =>
        Effect.gen(function*() {
          if (Option.contains(options.name, "list")) {
            return yield* withClients((clients) => list(clients, place, manager, input))
          }
          if (options.cleanupStale) return yield* withClients((clients) => removeStale(clients, place, manager, input))
          if (Option.isSome(options.name)) {
            const { value } = options.name
            return (yield* confirm(input, `Delete ${value}, with what is queued there?`))
              ? yield* remove(place, manager, [value], input)
              : yield* nothing(input, "Nothing was deleted.")
          }
          const records = yield* manager.list
          const names = options.all ? yield* everything(place, records) : records.map(({ name }) => name)
          if (names.length === 0) return yield* nothing(input, "Nothing is deployed.")
          const chosen = options.interactive ? yield* choose(records) : names
          const isSure = chosen.length > 0 && (options.interactive
            ? yield* confirm(input, `Delete ${chosen.join(", ")}, with what is queued there?`)
            : yield* confirmAll(input, chosen))
          yield* isSure ? remove(place, manager, chosen, input) : nothing(input, "Nothing was deleted.")
        })
      )
    })
).pipe(Command.withDescription("Delete endpoints from RunPod"))
