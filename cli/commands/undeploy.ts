import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ProvisionError } from "../../src/provision/Provisioner.ts"
import type { NotDeployed } from "../../src/provision/ResourceManager.ts"
import type { ResourceRecord } from "../../src/provision/ResourceState.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { entryOf } from "../errors/Registry.ts"
import { deployedNames, forgetActiveBuild, withResources } from "../services/Clients.ts"
import { confirm, yes } from "../ui/Confirm.ts"

/** Of endpoints that live calls have made; a folder's own. */
const liveEnvironment = "live"

const name = Args.text({ name: "name" }).pipe(
  Args.withDescription("The resource, or `list` to see what there is"),
  Args.optional
)
const all = Options.boolean("all").pipe(Options.withDescription("Every resource of the environment"))
const app = Options.text("app").pipe(Options.withDescription("The app"), Options.withDefault("live"))
const env = Options.text("env").pipe(
  Options.withDescription("Its environment; `live` is that of calls without a deployment"),
  Options.withDefault(liveEnvironment)
)

const describe = ({ endpointId = "id unknown", endpointName, status }: ResourceRecord): string =>
  `${endpointName} (${endpointId})${status === "ready" ? "" : `, ${status}`}`

interface Failure {
  readonly name: string
  readonly error: ProvisionError | NotDeployed
}

/** Some deleted and some not is a code of its own; where none was, it is theirs, as far as they agree. */
const exitCodeOf = (failures: ReadonlyArray<Failure>, deleted: number): number => {
  if (deleted > 0) return ExitCode.partial
  const [code, ...others] = new Set(failures.map(({ error }) => entryOf(error)?.exitCode ?? ExitCode.failure))
  return code === undefined || others.length > 0 ? ExitCode.failure : code
}

const notDeleted = (failures: ReadonlyArray<Failure>, deleted: number) =>
  new CliError({
    message: `not deleted, and still on record:${
      failures.map(({ error, name }) => `\n  ${name}: ${"message" in error ? error.message : String(error)}`).join("")
    }`,
    hint: "what is not deleted goes on costing; run the command again when the cause is mended",
    exitCode: exitCodeOf(failures, deleted)
  })

/** `flash undeploy`: deletes endpoints. What could not be deleted keeps its record, and the command fails. */
export const undeploy = Command.make(
  "undeploy",
  { name, all, yes, app, env },
  (input) =>
    withResources(input)((manager) =>
      Effect.gen(function*() {
        const records = yield* manager.list
        if (Option.contains(input.name, "list")) {
          return yield* records.length === 0
            ? Console.log("Nothing is deployed.")
            : Effect.forEach(records, (record) => Console.log(`${record.name}  ${describe(record)}`), { discard: true })
        }
        if (Option.isSome(input.name) === input.all) {
          return yield* new CliError({
            message: "name one resource, or give --all",
            hint: "`flash undeploy list` shows what there is",
            exitCode: ExitCode.usage
          })
        }
        const known = records.map(({ name }) => name)
        // a deployment may have been made in another folder
        const found = input.all && input.env !== liveEnvironment ? yield* deployedNames(input) : []
        const names = Option.isSome(input.name) ? [input.name.value] : [...new Set([...known, ...found])].toSorted()
        if (names.length === 0) return yield* Console.log("Nothing is deployed.")
        if (!(yield* confirm(input, `Delete ${names.join(", ")}, with what is queued there?`))) {
          return yield* Console.log("Nothing was deleted.")
        }
        const [failures, deleted] = yield* Effect.partition(names, (name) =>
          manager.undeploy(name).pipe(
            Effect.zipRight(Console.log(`Deleted ${name}`)),
            Effect.mapError((error): Failure => ({ name, error }))
          ))
        // what is deployed there next is no change of what was
        if (failures.length === 0 && (yield* manager.list).length === 0) yield* forgetActiveBuild(input)
        const [first] = failures
        if (first === undefined) return
        // there is no record of what is not deployed
        return yield* first.error._tag === "NotDeployed" && failures.length === 1
          ? Effect.fail(first.error)
          : notDeleted(failures, deleted.length)
      })
    )
).pipe(Command.withDescription("Delete endpoints from RunPod"))
