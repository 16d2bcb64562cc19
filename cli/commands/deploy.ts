/** `flash deploy` builds the project in the working directory and deploys it; `flash plan` says what that would do. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Source } from "../../src/provision/Deployment.ts"
import type { Built } from "../build/Build.ts"
import { CliError, ExitCode } from "../CliError.ts"
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
export const store = Options.text("artifact-store").pipe(
  Options.withPseudoName("URL"),
  Options.withDescription(
    "Deploy without a flash app: the archive is put below this address, and workers fetch it there. " +
      "Default: FLASH_ARTIFACT_STORE"
  ),
  Options.optional
)

const sourceOf = ({ archive, digest, manifest, sha256, size }: Built): Source => ({
  _tag: "Archive",
  archive: { path: archive, digest, sha256, size },
  manifest
})

/** What a deployment is said by. */
const options = { ...buildOptions, env, store, prune }

/** The project is built, and what deploying it would do is found out. */
const inspected = (input: Command.Command.ParseConfig<typeof options>) =>
  withDeployment(input)((deployments) =>
    Effect.gen(function*() {
      const { deployment } = deployments
      const app = yield* appName(input.app)
      // before anything is built: it fails where there is no key, or nobody says which environment is meant
      const place = { app, env: yield* environmentOf(deployments, app, input.env) }
      const built = yield* buildHere(input)
      yield* tellNotes(built)
      return { deployment, prospect: yield* deployment.inspect(place, sourceOf(built)) }
    })
  )

const preview = Options.boolean("preview").pipe(
  Options.withDescription("Run the build on this machine, in containers where docker is present, and deploy nothing")
)
const embedded = Options.boolean("embedded").pipe(
  Options.withDescription("With --preview: on the embedded platform, also where docker is present")
)

type Previewed = Command.Command.ParseConfig<typeof buildOptions> & {
  readonly embedded: boolean
  readonly json: boolean
}

/** What is built runs on this machine until the command is interrupted. */
const runPreview = (input: Previewed) =>
  Effect.gen(function*() {
    const built = yield* buildHere(input)
    yield* tellNotes(built)
    // they load the embedded platform
    const [Compose, Docker, Embedded] = yield* Effect.promise(() =>
      Promise.all([
        import("../preview/Compose.ts"),
        import("../preview/Docker.ts"),
        import("../preview/Embedded.ts")
      ])
    )
    const compose = yield* Compose.make(built)
    const file = yield* Docker.write(process.cwd(), compose)
    yield* input.embedded || !(yield* Docker.isPresent)
      ? Embedded.run(built.manifest.project_name, sourceOf(built), input)
      : Docker.run(file, compose)
  })

export const deploy = Command.make(
  "deploy",
  { ...options, preview, embedded, yes, json },
  (input) =>
    Effect.gen(function*() {
      if (input.preview) return yield* runPreview(input)
      if (input.embedded) {
        return yield* new CliError({
          message: "--embedded says where a preview runs",
          hint: "`flash deploy --preview --embedded`",
          exitCode: ExitCode.usage
        })
      }
      const { deployment, prospect } = yield* inspected(input)
      yield* carryOut(deployment, prospect, input)
    })
).pipe(Command.withDescription("Build the project and deploy it to an environment of its app"))

/** `flash plan`: what `flash deploy` would do. */
export const plan = Command.make(
  "plan",
  { ...options, json },
  (input) =>
    Effect.flatMap(
      inspected(input),
      ({ prospect }) => answer(input, planJson(prospect), () => planText(prospect, input.prune))
    )
).pipe(Command.withDescription("Show what a deployment would do, and do nothing"))
