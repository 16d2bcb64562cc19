/**
 * Where the platform is and with which key it is asked.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import { ApiKeyMissing } from "../RemoteError.ts"
import * as ApiKey from "./ApiKey.ts"

/**
 * Where the platform's services are. No URL has a slash at its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunpodUrls {
  /** REST v2: `RUNPOD_REST_V2_API_URL`, or `/v2` of `RUNPOD_API_BASE_URL`. Default `https://api.runpod.io/v2`. */
  readonly restBaseUrl: string
  /** REST v1: `RUNPOD_REST_API_URL`. Default `https://rest.runpod.io/v1`. */
  readonly restV1BaseUrl: string
  /** `/graphql` of `RUNPOD_API_BASE_URL`. Default `https://api.runpod.io/graphql`. */
  readonly graphqlUrl: string
  /** The job API: `RUNPOD_ENDPOINT_BASE_URL`. Default `https://api.runpod.ai/v2`. */
  readonly endpointBaseUrl: string
  /** The web console: `RUNPOD_CONSOLE_URL`, or `CONSOLE_BASE_URL`. Default `https://console.runpod.io`. */
  readonly consoleBaseUrl: string
  /** The workers' collected logs: `RUNPOD_HAPI_URL`. Default `https://hapi.runpod.net`. */
  readonly hapiBaseUrl: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RunpodSettings extends RunpodUrls {
  /** How long one request to the control plane may take. Default: a minute. */
  readonly requestTimeout: Duration.Duration
  /** The key, looked for when it is first needed. */
  readonly apiKey: Effect.Effect<ApiKey.ApiKey, ApiKeyMissing>
}

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodConfig extends Context.Tag("effect-flash/runpod/RunpodConfig")<RunpodConfig, RunpodSettings>() {}

/**
 * RunPod's own addresses.
 *
 * @since 0.1.0
 * @category constants
 */
export const runpod: RunpodUrls = {
  restBaseUrl: "https://api.runpod.io/v2",
  restV1BaseUrl: "https://rest.runpod.io/v1",
  graphqlUrl: "https://api.runpod.io/graphql",
  endpointBaseUrl: "https://api.runpod.ai/v2",
  consoleBaseUrl: "https://console.runpod.io",
  hapiBaseUrl: "https://hapi.runpod.net"
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "")

/**
 * Fixed settings: RunPod's addresses but for those that are given, and the key that is given. Without one, or with a
 * text that is none, requests that need it fail with `ApiKeyMissing`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOf = (
  settings: Partial<RunpodUrls> & {
    readonly apiKey?: Redacted.Redacted
    readonly apiKeyOrigin?: string
    readonly requestTimeout?: Duration.DurationInput
  }
): Layer.Layer<RunpodConfig> => {
  const { apiKey, apiKeyOrigin: origin = "the program's settings", requestTimeout = "1 minute", ...urls } = settings
  const key = apiKey === undefined ? undefined : Redacted.value(apiKey)
  const problem = key === undefined ? "no key" : ApiKey.problemOf(key.trim() === "" ? "" : key)
  const missing = (found: string) => Effect.fail(new ApiKeyMissing({ searched: [{ place: origin, found }] }))
  return Layer.succeed(RunpodConfig, {
    ...Record.map({ ...runpod, ...urls }, withoutSlash),
    requestTimeout: Duration.decode(requestTimeout),
    apiKey: apiKey === undefined || problem !== undefined
      ? missing(problem ?? "no key")
      : Effect.succeed({ value: apiKey, origin })
  })
}

const problemOf = (value: string): string | undefined => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return "must be a URL that begins with https:// or http://"
  }
  if (url.username !== "" || url.password !== "") return "must not hold a user or a password"
  return url.search === "" && url.hash === "" ? undefined : "must not have a query or a fragment"
}

/** Set and not blank, without slashes at its end. */
const url = (name: string): Config.Config<Option.Option<string>> =>
  Config.option(Config.string(name)).pipe(Config.mapOrFail((given) => {
    const value = Option.filter(Option.map(given, (text) => text.trim()), (text) => text !== "")
    if (Option.isNone(value)) return Either.right(Option.none())
    const problem = problemOf(value.value)
    return problem === undefined
      ? Either.right(Option.some(withoutSlash(value.value)))
      : Either.left(ConfigError.InvalidData([name], problem))
  }))

const Urls = Config.all({
  api: url("RUNPOD_API_BASE_URL"),
  rest: url("RUNPOD_REST_V2_API_URL"),
  restV1: url("RUNPOD_REST_API_URL"),
  endpoint: url("RUNPOD_ENDPOINT_BASE_URL"),
  console: Config.zipWith(
    url("RUNPOD_CONSOLE_URL"),
    url("CONSOLE_BASE_URL"),
    (now, once) => Option.orElse(now, () => once)
  ),
  hapi: url("RUNPOD_HAPI_URL"),
  mixedOk: Config.withDefault(Config.string("RUNPOD_URL_MIXED_OK"), "")
})

/** A key for one platform should not travel to another because a variable was forgotten. */
const warnOfMixture = ({ api, endpoint, mixedOk, rest }: Config.Config.Success<typeof Urls>): Effect.Effect<void> => {
  const control = Option.isSome(api) || Option.isSome(rest)
  if (mixedOk === "1" || control === Option.isSome(endpoint)) return Effect.void
  const [set, unset] = control
    ? ["RUNPOD_API_BASE_URL", "RUNPOD_ENDPOINT_BASE_URL"]
    : ["RUNPOD_ENDPOINT_BASE_URL", "RUNPOD_API_BASE_URL"]
  return Effect.logWarning(
    `${set} is set and ${unset} is not: endpoints are managed on one platform and called on another. Set both, or ` +
      `RUNPOD_URL_MIXED_OK=1 where that is meant.`
  )
}

/**
 * The settings of the environment: addresses from its variables, and the key from where it is kept (`ApiKey`). The key
 * that was found once stays for the layer's lifetime. Fails with a `ConfigError` that names the variable where an address
 * is none.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFrom = (
  places: ApiKey.Places
): Layer.Layer<RunpodConfig, ConfigError.ConfigError, FileSystem.FileSystem> =>
  Layer.effect(
    RunpodConfig,
    Effect.gen(function*() {
      const urls = yield* Urls
      yield* warnOfMixture(urls)
      const fs = yield* FileSystem.FileSystem
      // uninterruptible: who asks first must not take the answer away from who asks next
      const search = Effect.uninterruptible(Effect.provideService(ApiKey.find(places), FileSystem.FileSystem, fs))
      const [apiKey, forget] = yield* Effect.cachedInvalidateWithTTL(search, Duration.infinity)
      const or = (given: Option.Option<string>, otherwise: string) => Option.getOrElse(given, () => otherwise)
      const below = (path: string) => Option.map(urls.api, (base) => `${base}${path}`)
      return {
        restBaseUrl: or(Option.orElse(urls.rest, () => below("/v2")), runpod.restBaseUrl),
        restV1BaseUrl: or(urls.restV1, runpod.restV1BaseUrl),
        graphqlUrl: or(below("/graphql"), runpod.graphqlUrl),
        endpointBaseUrl: or(urls.endpoint, runpod.endpointBaseUrl),
        consoleBaseUrl: or(urls.console, runpod.consoleBaseUrl),
        hapiBaseUrl: or(urls.hapi, runpod.hapiBaseUrl),
        requestTimeout: Duration.minutes(1),
        apiKey: Effect.tapError(apiKey, () => forget)
      }
    })
  )

/**
 * `layerFrom` the working directory and the user's home.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodConfig, ConfigError.ConfigError, FileSystem.FileSystem> = layerFrom({})

/**
 * Where a load-balanced endpoint answers: its id before the job API's host. This machine's address has no names before
 * it, but `localhost` has.
 *
 * @since 0.1.0
 * @category accessors
 */
export const loadBalancerUrl = (
  { endpointBaseUrl }: Pick<RunpodUrls, "endpointBaseUrl">,
  endpointId: string
): string => {
  const { host, hostname, port, protocol } = new URL(endpointBaseUrl)
  const isThisMachine = hostname === "127.0.0.1" || hostname === "[::1]"
  return `${protocol}//${endpointId}.${isThisMachine ? `localhost${port === "" ? "" : `:${port}`}` : host}`
}
