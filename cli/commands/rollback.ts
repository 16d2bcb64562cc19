import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { withDeployment } from "../services/Clients.ts"
import { carryOut, environmentOf } from "../services/Deploying.ts"
import { app, appName } from "../services/Place.ts"
import { json } from "../ui/Answer.ts"
import { yes } from "../ui/Confirm.ts"
import { env, prune, store } from "./deploy.ts"

const build = Args.text({ name: "build" }).pipe(
  Args.withDescription("Id of the build; the one before the active one where it is not said"),
  Args.optional
)

/** `flash rollback`: deploys a build that the platform has already. */
export const rollback = Command.make(
  "rollback",
  { build, app, env, store, prune, yes, json },
  (input) =>
    withDeployment(input)((deployments) =>
      Effect.gen(function*() {
        const { deployment } = deployments
        const name = yield* appName(input.app)
        const place = { app: name, env: yield* environmentOf(deployments, name, input.env) }
        const source = yield* deployment.earlier(place, Option.getOrUndefined(input.build))
        yield* carryOut(deployment, yield* deployment.inspect(place, source), input)
      })
    )
).pipe(Command.withDescription("Promote an earlier build, with the settings of its endpoints"))
