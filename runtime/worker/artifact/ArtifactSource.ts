/**
 * Whether a worker runs the archive of a build, and which.
 *
 * @since 0.1.0
 */

/** Where the platform puts the archive of an endpoint's build. */
const defaultSource = "/root/.runpod/artifact.tar.gz"

/**
 * The archive that a worker with this environment is to run, as runpod-flash decides it; `undefined` where it runs what
 * comes with the calls, or a module of its own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (env: NodeJS.ProcessEnv): string | undefined => {
  const isDisabled = /^(1|true|yes)$/i.test(env["FLASH_DISABLE_UNPACK"] ?? "")
  const isLive = env["FLASH_IS_LIVE_PROVISIONING"]?.toLowerCase() === "true"
  const isDeployed = Boolean(env["RUNPOD_ENDPOINT_ID"]) && Boolean(env["FLASH_RESOURCE_NAME"])
  if (isDisabled || isLive || !isDeployed || env["FLASH_MODULE"] !== undefined) return undefined
  return env["FLASH_BUILD_ARTIFACT_PATH"] ?? defaultSource
}
