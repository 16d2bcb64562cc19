import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Source } from "../../src/provision/Deployment.ts"
import type { Built } from "../build/Build.ts"
import { withDeployment } from "../services/Clients.ts"
import { carryOut, environmentOf } from "../services/Deploying.ts"
import { appName } from "../services/Place.ts"
import { answer, json } from "../ui/Answer.ts"
import { yes } from "../ui/Confirm.ts"
import { planJson, planText } from "../ui/Plans.ts"
import { buildHere, buildOptions, tellNotes } from "./build.ts"

export const env = Options.text("env").pipe(
  Options.withAlias("e"),
  Options.withDescription("The environment. Default: the app's only one, or production where it has none"),
  Options.optional
)
export const prune = Options.boolean("prune").pipe(
  Options.withDescription("Delete the endpoints of resources that the project does not have any more")
)

const sourceOf = ({ archive, digest, manifest, sha256, size }: Built): Source => ({
  _tag: "Archive",
  archive: { path: archive, digest, sha256, size },
  manifest
})

/** The project is built, and what deploying it would do is found out. */
const inspected = (input: Command.Command.ParseConfig<typeof buildOptions> & { readonly env: Option.Option<string> }) =>
  withDeployment(({ apps, deployment }) =>
    Effect.gen(function*() {
      const app = yield* appName(input.app)
      // before anything is built: it fails where there is no key, or nobody says which environment is meant
      const place = { app, env: yield* environmentOf(apps, app, input.env) }
      const built = yield* buildHere(input)
      yield* tellNotes(built)
      return { deployment, prospect: yield* deployment.inspect(place, sourceOf(built)) }
    })
  )

/** `flash deploy`: builds the project in the working directory and deploys it. */
export const deploy = Command.make(
  "deploy",
  { ...buildOptions, env, prune, yes, json },
  (input) => Effect.flatMap(inspected(input), ({ deployment, prospect }) => carryOut(deployment, prospect, input))
).pipe(Command.withDescription("Build the project and deploy it to an environment of its app"))

/** `flash plan`: what `flash deploy` would do. */
export const plan = Command.make(
  "plan",
  { ...buildOptions, env, prune, json },
  (input) =>
    Effect.flatMap(
      inspected(input),
      ({ prospect }) => answer(input, planJson(prospect), () => planText(prospect, input.prune))
    )
).pipe(Command.withDescription("Show what a deployment would do, and do nothing"))
