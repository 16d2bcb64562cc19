/** `flash build`: packs the project in the working directory. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import type { Built, Step } from "../build/Build.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { answer, json } from "../ui/Answer.ts"
import * as Progress from "../ui/Progress.ts"
import { bold, count, dim } from "../ui/Text.ts"

const output = Options.text("output").pipe(
  Options.withAlias("o"),
  Options.withPseudoName("FILE"),
  Options.withDescription("The archive, a .tar.gz. Default: .flash/artifact.tar.gz"),
  Options.optional
)
const exclude = Options.text("exclude").pipe(
  Options.withPseudoName("NAMES"),
  Options.withDescription("npm packages to leave out, with commas between them: the workers' image has them"),
  Options.optional
)
const noDeps = Options.boolean("no-deps").pipe(
  Options.withDescription("Keep npm packages out of the archive: workers install them when they start")
)
const app = Options.text("app").pipe(
  Options.withAlias("a"),
  Options.withDescription("Name of the app. Default: the name in package.json, or the folder's"),
  Options.optional
)
const list = Options.boolean("list").pipe(Options.withDescription("Print what is in the archive"))

/** `12.5 kB`, `3.0 MB`. */
export const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`

const stepText = (step: Step): string => {
  switch (step._tag) {
    case "Discovering":
      return "Looking for remote functions"
    case "Bundling":
      return `Bundling ${count(step.functions, "function")} of ${count(step.resources, "resource")}`
    case "Installing":
      return `Installing ${count(step.packages, "package")}`
    case "Packing":
      return `Packing ${count(step.files, "file")}`
  }
}

const shown = (path: string): string => {
  const relative = Path.relative(process.cwd(), path)
  return relative.startsWith("..") ? path : relative
}

const listOf = ({ files }: Built): string =>
  files.map((file) => `${size(file.size).padStart(10)}  ${file.path}`).join("\n")

const textOf = ({ archive, files, manifest, sha256, size: bytes }: Built): string =>
  [
    `Built ${bold(manifest.project_name)}`,
    ...Object.entries(manifest.resources).map(([name, { functions, resource_type }]) =>
      `  ${name} ${dim(resource_type)}  ${functions.flatMap(({ is_class, name }) => is_class ? [] : [name]).join(", ")}`
        .trimEnd()
    ),
    `${shown(archive)}: ${count(files.length, "file")}, ${size(bytes)}, sha256 ${sha256}`
  ].join("\n")

const summary = ({ archive, digest, files, manifest, notes, refused, sha256, size }: Built) => ({
  archive,
  sha256,
  digest,
  size,
  files,
  refused,
  notes,
  manifest
})

const namesIn = (list: string): ReadonlyArray<string> =>
  list.split(",").map((name) => name.trim()).filter((name) => name !== "")

const archiveOf = (path: string): Effect.Effect<string, CliError> =>
  /\.(tar\.gz|tgz)$/.test(path)
    ? Effect.succeed(Path.resolve(path))
    : new CliError({
      message: `--output ${path} is no name of an archive: it ends with .tar.gz or .tgz`,
      exitCode: ExitCode.usage
    })

/** What every command takes that builds. */
export const buildOptions = { output, exclude, noDeps, app }

/** Builds the project in the working directory, and says what comes next on the way. */
export const buildHere = (input: Command.Command.ParseConfig<typeof buildOptions>) =>
  Effect.gen(function*() {
    const archive = yield* Effect.transposeMapOption(input.output, archiveOf)
    // what a build loads would slow every other command
    const { build } = yield* Effect.promise(() => import("../build/Build.ts"))
    const progress = yield* Progress.make
    return yield* build({
      folder: process.cwd(),
      ...(Option.isSome(archive) ? { output: archive.value } : {}),
      ...(Option.isSome(input.app) ? { app: input.app.value } : {}),
      exclude: Option.match(input.exclude, { onNone: () => [], onSome: namesIn }),
      dependencies: input.noDeps ? "onWorker" : "packed",
      progress: (step) => progress.now(stepText(step))
    })
  }).pipe(Effect.scoped)

/** What the user may want to know of a build. */
export const tellNotes = ({ notes, refused }: Built): Effect.Effect<void> =>
  Effect.gen(function*() {
    if (refused.length > 0) yield* Console.error(`not packed, since they hold secrets: ${refused.join(", ")}`)
    for (const note of notes) yield* Console.error(`note: ${note}`)
  })

export const build = Command.make(
  "build",
  { ...buildOptions, list, json },
  (input) =>
    Effect.gen(function*() {
      const built = yield* buildHere(input)
      yield* answer(input, summary(built), () => (input.list ? listOf : textOf)(built))
      yield* tellNotes(built)
    })
).pipe(Command.withDescription("Pack the project's remote functions for a deployment"))
