/** `flash init`: a project that works at once. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { CliError } from "../CliError.ts"
import { findPackage } from "../Package.ts"
import { answer, json } from "../ui/Answer.ts"
import { confirm } from "../ui/Confirm.ts"
import { bold } from "../ui/Text.ts"

const name = Args.text({ name: "name" }).pipe(
  Args.withDescription("The folder to make; the working directory where it is left out"),
  Args.optional
)
const force = Options.boolean("force").pipe(
  Options.withAlias("f"),
  Options.withDescription("Overwrite files that are there")
)

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, CliError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new CliError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause })
  })

const exists = (path: string): Promise<boolean> => Fs.access(path).then(() => true, () => false)

interface PackageJson {
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const versions = Effect.gen(function*() {
  const { root, version } = findPackage()
  const file = Path.join(root, "package.json")
  const text = yield* attempt(`${file} cannot be read`, () => Fs.readFile(file, "utf8"))
  const { devDependencies = {}, peerDependencies, peerDependenciesMeta = {} }: PackageJson = JSON.parse(text)
  return {
    own: version,
    peers: Object.fromEntries(
      Object.entries(peerDependencies).filter(([name]) => peerDependenciesMeta[name]?.optional !== true)
    ),
    typescript: devDependencies["typescript"] ?? "^5.9.0",
    node: devDependencies["@types/node"] ?? "^20"
  }
})

export const init = Command.make("init", { name, force, json }, (options) =>
  Effect.gen(function*() {
    const { skeleton } = yield* Effect.promise(() => import("../init/skeleton.ts"))
    const given = Option.getOrElse(options.name, () => ".")
    const folder = Path.resolve(given)
    const files = skeleton(Path.basename(folder), yield* versions)
    // nothing is made before it is known what would be lost
    const conflicts = yield* Effect.filter([...files.keys()], (path) =>
      Effect.promise(() => exists(Path.join(folder, path))))
    if (conflicts.length > 0) {
      yield* Console.error(`These files are there already:\n${
        conflicts.map((path) => `  ${path}`).join("\n")
      }`)
      if (!(yield* confirm({ yes: options.force }, "Overwrite them?", "say --force"))) {
        return yield* answer(options, { folder, files: [] }, () => "Nothing was written.")
      }
    }
    for (const [path, text] of files) {
      const target = Path.join(folder, path)
      yield* attempt(`${target} cannot be written`, async () => {
        await Fs.mkdir(Path.dirname(target), { recursive: true })
        await Fs.writeFile(target, text)
      })
    }
    yield* answer(options, { folder, files: [...files.keys()] }, () =>
      [
        `Made ${bold(Path.basename(folder))}: ${[...files.keys()].join(", ")}`,
        "",
        "Next:",
        ...(folder === process.cwd() ? [] : [`  cd ${given}`]),
        "  npm install",
        "  npx flash run main.ts      # on this machine, without an account",
        "  npx flash run              # the same over HTTP, with a page to call it from",
        "  npx flash login            # for RunPod"
      ].join("\n"))
  })).pipe(Command.withDescription("Make a project with three workers that runs at once"))
