/**
 * Makes the code of a deployed build ready before the worker takes its first job.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Manifest from "../../../src/discovery/Manifest.ts"
import * as Provided from "../Provided.ts"
import * as Artifact from "./Artifact.ts"
import type { ArtifactError } from "./ArtifactError.ts"
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

/** Where the platform puts the archive of an endpoint's build. */
const defaultSource = "/root/.runpod/artifact.tar.gz"

/**
 * The archive that a worker with this environment is to run, as runpod-flash decides it; `undefined` where it runs what
 * comes with the calls, or a module of its own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const sourceOf = (env: NodeJS.ProcessEnv): string | undefined => {
  const isDisabled = /^(1|true|yes)$/i.test(env["FLASH_DISABLE_UNPACK"] ?? "")
  const isLive = env["FLASH_IS_LIVE_PROVISIONING"]?.toLowerCase() === "true"
  const isDeployed = Boolean(env["RUNPOD_ENDPOINT_ID"]) && Boolean(env["FLASH_RESOURCE_NAME"])
  if (isDisabled || isLive || !isDeployed || env["FLASH_MODULE"] !== undefined) return undefined
  return env["FLASH_BUILD_ARTIFACT_PATH"] ?? defaultSource
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
  env: NodeJS.ProcessEnv,
  directory: string
): Effect.Effect<Readonly<Record<string, string>>, ArtifactError | DeploymentInvalid> =>
  Effect.gen(function*() {
    const source = sourceOf(env)
    if (source === undefined) return {}
    const folder = join(directory, "app")
    const sha256 = yield* Artifact.unpack({ source, folder, sha256: env["FLASH_BUILD_ARTIFACT_SHA256"] })
    yield* Effect.logInfo(`Unpacked the build ${Artifact.shown(source)} (sha256 ${sha256})`)
    const resource = env["FLASH_RESOURCE_NAME"] ?? ""
    const code = yield* codeOf(resource, folder, resolve(folder, env["FLASH_MANIFEST_PATH"] ?? Manifest.fileName))
    const file = join(directory, "deployed-code.json")
    yield* Effect.sync(() => DeployedCode.write(file, code))
    return { [DeployedCode.variable]: file }
  })

const codeOf = (
  name: string,
  folder: string,
  manifest: string
): Effect.Effect<DeployedCode.DeployedCode, DeploymentInvalid> => {
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
    for (const [path, sha256] of Object.entries(code.files)) yield* connect(join(folder, path), path, sha256, invalid)
    return {
      module: pathToFileURL(join(folder, code.module)).href,
      functions: functions.map((one) => one.name),
      dependencies,
      system_dependencies,
      manifest
    }
  })
}

/** Checks a file, and puts the places of the worker's own copies into it where it is code. */
const connect = (
  file: string,
  path: string,
  sha256: string,
  invalid: (reason: string) => DeploymentInvalid
): Effect.Effect<void, DeploymentInvalid> =>
  Effect.gen(function*() {
    const bytes = yield* Effect.tryPromise({
      try: () => fs.readFile(file),
      catch: (error) => invalid(`${path} cannot be read: ${error}`)
    })
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
      return yield* invalid(`${path} is not what the manifest says`)
    }
    if (!/\.m?js$/.test(path)) return
    const code = bytes.toString("utf8")
    const connected = yield* Effect.try({
      try: () => Provided.connect(code, Provided.resolve),
      catch: (error) => invalid(`${path} asks for what this worker has not: ${error}`)
    })
    if (connected !== code) {
      yield* Effect.tryPromise({
        try: () => fs.writeFile(file, connected),
        catch: (error) => invalid(`${path} cannot be written: ${error}`)
      })
    }
  })
