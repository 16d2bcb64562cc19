import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Prompt from "@effect/cli/Prompt"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ResourceRecord } from "../../src/provision/ResourceState.ts"
import { CliError, ExitCode } from "../CliError.ts"

const name = Args.text({ name: "name" }).pipe(
  Args.withDescription("The resource, or `list` to see what there is"),
  Args.optional
)
const all = Options.boolean("all").pipe(Options.withDescription("Every resource of the environment"))
const yes = Options.boolean("yes").pipe(Options.withAlias("y"), Options.withDescription("Do not ask"))
const app = Options.text("app").pipe(Options.withDescription("The app"), Options.withDefault("live"))
const env = Options.text("env").pipe(
  Options.withDescription("Its environment; `live` is that of calls without a deployment"),
  Options.withDefault("live")
)

const describe = ({ endpointId = "id unknown", endpointName, status }: ResourceRecord): string =>
  `${endpointName} (${endpointId})${status === "ready" ? "" : `, ${status}`}`

const confirm = (names: ReadonlyArray<string>) =>
  Prompt.confirm({ message: `Delete ${names.join(", ")}, with what is queued there?`, initial: false })

/** `flash undeploy`: deletes endpoints. What could not be deleted keeps its record, and the command fails. */
export const undeploy = Command.make("undeploy", { name, all, yes, app, env }, (input) =>
  Effect.gen(function*() {
    // what provisioning loads would slow every other command
    const [{ ResourceManager }, Provisioning, ResourceState, RunpodConfig] = yield* Effect.promise(() =>
      Promise.all([
        import("../../src/provision/ResourceManager.ts"),
        import("../../src/provision/Provisioning.ts"),
        import("../../src/provision/ResourceState.ts"),
        import("../../src/runpod/RunpodConfig.ts")
      ])
    )
    const services = Provisioning.layer.pipe(
      Layer.provide(ResourceState.layerFile({ app: input.app, env: input.env })),
      Layer.provide(RunpodConfig.layer)
    )
    yield* Effect.gen(function*() {
      const manager = yield* ResourceManager
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
      const names = Option.isSome(input.name) ? [input.name.value] : records.map(({ name }) => name)
      if (names.length === 0) return yield* Console.log("Nothing is deployed.")
      if (!input.yes && !(yield* confirm(names))) return yield* Console.log("Nothing was deleted.")
      const failures = yield* Effect.forEach(names, (name) =>
        manager.undeploy(name).pipe(
          Effect.zipRight(Console.log(`Deleted ${name}`)),
          Effect.as(Option.none<string>()),
          Effect.catchAll((error) => Effect.succeed(Option.some(`${name}: ${String(error.message ?? error)}`)))
        ))
      const said = failures.flatMap(Option.toArray)
      if (said.length > 0) {
        return yield* new CliError({
          message: `not deleted, and still on record:\n  ${said.join("\n  ")}`,
          hint: "what is not deleted goes on costing; run the command again"
        })
      }
    }).pipe(Effect.provide(services))
  })).pipe(Command.withDescription("Delete endpoints from RunPod"))
