/**
 * The variables that the workers of an endpoint are given on top of what every worker gets.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Context } from "../control/Context.ts"
import type { Endpoint } from "../Endpoints.ts"
import type { Volumes } from "../Volumes.ts"

/**
 * Its own with their secrets, the archive of the build they run, the folder of its network volume, and the key that they
 * call other endpoints with. It opens this platform alone.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (
  { artifacts, control }: Context,
  volumes: Volumes,
  apiKey: Redacted.Redacted,
  { config, id }: Endpoint
) => {
  const deployment = Either.getOrUndefined(control.endpoints.find(id))
  const build = deployment && control.flash.buildOf(deployment.endpoint)
  const archive = build && artifacts.file(build.objectKey)
  const [volume] = config.networkVolumes
  return {
    ...control.secrets.reveal(config.env),
    RUNPOD_API_KEY: Redacted.value(apiKey),
    ...(volume === undefined ? {} : { RUNPOD_VOLUME_ID: volume, FLASH_VOLUME_PATH: volumes.folder(volume) }),
    // a worker that has a build runs no other code
    ...(archive === undefined ? {} : { FLASH_BUILD_ARTIFACT_PATH: archive, FLASH_IS_LIVE_PROVISIONING: "false" })
  }
}
