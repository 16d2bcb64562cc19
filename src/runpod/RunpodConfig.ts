/**
 * Where the platform is and with which key it is asked.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Redacted from "effect/Redacted"

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodConfig extends Context.Tag("effect-flash/runpod/RunpodConfig")<RunpodConfig, {
  /** Base of the job API, as `https://api.runpod.ai/v2`; no slash at its end. */
  readonly endpointBaseUrl: string
  readonly apiKey: Redacted.Redacted
  /** Where the key came from, for error messages. */
  readonly apiKeyOrigin: string
}>() {}
