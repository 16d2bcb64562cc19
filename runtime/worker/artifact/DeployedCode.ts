/**
 * What the main thread, which unpacks a build, tells the threads that run its code.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { readFileSync, writeFileSync } from "node:fs"

/**
 * @since 0.1.0
 * @category schemas
 */
export const DeployedCode = Schema.Struct({
  /** URL of the module whose exports are the functions. */
  module: Schema.String,
  /** Names of the functions: what else the module exports is not served. */
  functions: Schema.Array(Schema.String),
  /** npm and apt packages that have to be installed before it is loaded. */
  dependencies: Schema.Array(Schema.String),
  system_dependencies: Schema.Array(Schema.String),
  /** Path of the build's manifest. */
  manifest: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type DeployedCode = typeof DeployedCode.Type

/**
 * The variable that holds the path of this file, for the worker's own threads.
 *
 * @since 0.1.0
 * @category constants
 */
export const variable = "FLASH_DEPLOYED_CODE"

const Text = Schema.parseJson(DeployedCode)

/**
 * @since 0.1.0
 * @category encoding
 */
export const write = (file: string, code: DeployedCode): void => writeFileSync(file, Schema.encodeSync(Text)(code))

/**
 * `undefined` in a worker that no build was unpacked for.
 *
 * @since 0.1.0
 * @category decoding
 */
export const read = (env: NodeJS.ProcessEnv): DeployedCode | undefined => {
  const file = env[variable]
  return file === undefined ? undefined : Schema.decodeSync(Text)(readFileSync(file, "utf8"))
}
