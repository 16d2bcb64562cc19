/** Shows what a deployment would do, asks where something is made or lost, and does it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Deployment, Progress as Step, Prospect } from "../../src/provision/Deployment.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { size } from "../commands/build.ts"
import { answer } from "../ui/Answer.ts"
import { confirm } from "../ui/Confirm.ts"
import { deployedJson, deployedText } from "../ui/Deployed.ts"
import { isNothing, needsConsent, planText } from "../ui/Plans.ts"
import * as Progress from "../ui/Progress.ts"
import { count } from "../ui/Text.ts"
import type { Deployments } from "./Clients.ts"

/** The environment that is meant: the one that is named, the only one, or `production` where there is none. */
export const environmentOf = (
  { environments }: Pick<Deployments, "environments">,
  app: string,
  given: Option.Option<string>
) =>
  Effect.gen(function*() {
    if (Option.isSome(given)) return given.value
    const names = yield* environments(app)
    const [only = "production", ...others] = names
    return others.length === 0 ? only : yield* new CliError({
      message: `app ${app} has the environments ${names.join(", ")}`,
      hint: "say which is meant with --env",
      exitCode: ExitCode.usage
    })
  })

const tell = (progress: Progress.Progress, at: Step): Effect.Effect<void> => {
  switch (at._tag) {
    case "Uploading":
      return at.sent === at.size
        ? progress.now(`Uploaded ${size(at.size)}`)
        : progress.more(`Uploading ${Progress.bar(at.sent, at.size)} ${size(at.sent)} of ${size(at.size)}`)
    case "Reusing":
      return progress.now(`The build is there already: ${at.buildId}`)
    case "Applying":
      return at.steps === 0 ? Effect.void : progress.now(`Bringing about ${count(at.steps, "endpoint")}`)
    case "Promoting":
      return progress.now(`Promoting build ${at.buildId}`)
    case "RollingOut":
      return progress.now(`Checking that the workers of ${count(at.endpoints, "endpoint")} run it`)
    case "Removing":
      return progress.now(`Deleting ${count(at.endpoints, "endpoint")}`)
  }
}

/** What a deployment that was stopped leaves behind; a signal is no error to report. */
const interrupted = Console.error(
  "Stopped. What served still serves; what was made is on record, and the next `flash deploy` goes on from there."
)

export const carryOut = (
  deployment: typeof Deployment.Service,
  prospect: Prospect,
  options: { readonly yes: boolean; readonly prune: boolean; readonly json: boolean }
) =>
  Effect.gen(function*() {
    yield* Console.error(planText(prospect, options.prune))
    if (isNothing(prospect, options.prune)) yield* Console.error("Nothing is to be done.")
    if (needsConsent(prospect, options.prune)) {
      const { app, env } = prospect.place
      if (!(yield* confirm(options, `Deploy to environment ${env} of app ${app}?`))) {
        return yield* answer(options, { app, env, deployed: false }, () => "Nothing was deployed.")
      }
    }
    const deployed = yield* Progress.make.pipe(
      Effect.flatMap((progress) =>
        deployment.deploy(prospect, { prune: options.prune, progress: (at) => tell(progress, at) })
      ),
      Effect.scoped,
      Effect.onInterrupt(() => interrupted)
    )
    yield* answer(options, deployedJson(deployed), () => deployedText(deployed))
  })
