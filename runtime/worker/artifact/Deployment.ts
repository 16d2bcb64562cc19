/**
 * Makes the code of a deployed build ready before the worker takes its first job.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import * as Manifest from "../../../src/discovery/Manifest.ts"
import * as Provided from "../Provided.ts"
import * as Artifact from "./Artifact.ts"
import type { ArtifactError } from "./ArtifactError.ts"
import * as ArtifactSource from "./ArtifactSource.ts"
import * as DeployedCode from "./DeployedCode.ts"

/**
 * The build has no code for this worker, or not the code that its manifest names.
 *
 * @since 0.1.0
 * @category errors
 */
export class DeploymentInvalid extends Data.TaggedError("DeploymentInvalid")<{
  readonly resource: string
  readonly reason: string
}> {
  override get message() {
    return `The deployed build has no code for a worker of "${this.resource}": ${this.reason}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly env: NodeJS.ProcessEnv
  /** Folder for what is unpacked; only this process may write to it. */
  readonly directory: string
  /** Where an import that the worker provides is found. */
  readonly resolve: (specifier: string) => string
}

/**
 * Unpacks the build's archive below the worker's folder, checks the code of this worker's resource and connects it with
 * what the worker provides. Succeeds with the variables for the threads that run it; none of them where the worker has
 * no build to run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare = (
  { directory, env, resolve }: Options
): Effect.Effect<Readonly<Record<string, string>>, ArtifactError | DeploymentInvalid> =>
  Effect.gen(function*() {
    const source = ArtifactSource.of(env)
    if (source === undefined) return {}
    const folder = Path.join(directory, "app")
    const sha256 = yield* Artifact.unpack({ source, folder, sha256: env["FLASH_BUILD_ARTIFACT_SHA256"] })
    yield* Effect.logInfo(`Unpacked the build ${Artifact.shown(source)} (sha256 ${sha256})`)
    const resource = env["FLASH_RESOURCE_NAME"] ?? ""
    const code = yield* codeOf({
      name: resource,
      folder,
      manifest: Path.resolve(folder, env["FLASH_MANIFEST_PATH"] ?? Manifest.fileName),
      resolve
    })
    const file = Path.join(directory, "deployed-code.json")
    yield* Effect.sync(() => DeployedCode.write(file, code))
    return { [DeployedCode.variable]: file }
  })

const codeOf = ({ folder, manifest, name, resolve }: {
  readonly name: string
  readonly folder: string
  readonly manifest: string
  readonly resolve: Options["resolve"]
}): Effect.Effect<DeployedCode.DeployedCode, DeploymentInvalid> => {
  const invalid = (reason: string) => new DeploymentInvalid({ resource: name, reason })
  return Effect.gen(function*() {
    const text = yield* Effect.tryPromise({
      try: () => fs.readFile(manifest, "utf8"),
      catch: (error) => invalid(`its manifest cannot be read: ${error}`)
    })
    const { resources } = yield* Effect.mapError(
      Manifest.decode(text),
      (error) => invalid(`its manifest is none that this version reads: ${error.message}`)
    )
    const resource = resources[name]
    if (resource === undefined) {
      return yield* invalid(`its manifest knows ${Object.keys(resources).sort().join(", ") || "no resource"}`)
    }
    const { code, dependencies, functions, system_dependencies } = resource
    if (code === undefined) return yield* invalid("its manifest names no code; build it with effect-flash")
    if (code.files[code.module] === undefined) return yield* invalid(`${code.module} is not among its files`)
    for (const [path, sha256] of Object.entries(code.files)) {
      const text = yield* check(Path.join(folder, path), sha256, (problem) => invalid(`${path} ${problem}`))
      if (text !== undefined) {
        yield* connect(Path.join(folder, path), text, resolve, (problem) => invalid(`${path} ${problem}`))
      }
    }
    return {
      module: pathToFileURL(Path.join(folder, code.module)).href,
      // a class stands beside its methods, which are the functions
      functions: functions.flatMap(({ is_class, name }) => is_class ? [] : [name]),
      dependencies,
      system_dependencies,
      manifest
    }
  })
}

type Invalid = (problem: string) => DeploymentInvalid

/** Checks a file; its text where it is code. */
const check = (file: string, sha256: string, invalid: Invalid): Effect.Effect<string | undefined, DeploymentInvalid> =>
  Effect.flatMap(
    Effect.tryPromise({ try: () => fs.readFile(file), catch: (error) => invalid(`cannot be read: ${error}`) }),
    (bytes) =>
      createHash("sha256").update(bytes).digest("hex") !== sha256
        ? invalid("is not what the manifest says")
        : Effect.succeed(/\.m?js$/.test(file) ? bytes.toString("utf8") : undefined)
  )

/** Puts the places of the worker's own copies into code. */
const connect = (
  file: string,
  code: string,
  resolve: Options["resolve"],
  invalid: Invalid
): Effect.Effect<void, DeploymentInvalid> =>
  Effect.tryPromise({
    try: async () => {
      const connected = Provided.connect(code, resolve)
      if (connected !== code) await fs.writeFile(file, connected)
    },
    catch: (error) => invalid(`cannot be connected with this worker: ${error}`)
  })
