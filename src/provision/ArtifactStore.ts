/**
 * Where the archives of builds are kept that are deployed without a flash app: addresses to put them to, and addresses
 * that workers fetch them from.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SignedUrl from "./SignedUrl.ts"

/**
 * Where workers fetch an archive. It may be signed: who has it can read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Address {
  readonly url: Redacted.Redacted
  /** Milliseconds since the epoch; absent where it stays. */
  readonly expiresAt?: number
}

/**
 * @since 0.1.0
 * @category services
 */
export class ArtifactStore extends Context.Tag("effect-flash/provision/ArtifactStore")<ArtifactStore, {
  /** Where the archive of that key is fetched. */
  readonly read: (key: string) => Effect.Effect<Address>
  /** Where it is put, by one request. */
  readonly write: (key: string) => Effect.Effect<Address>
  /** Whether a key says where an archive is: one pair of addresses is for one archive. */
  readonly kind: "keyed" | "single"
}>() {}

/**
 * One pair of signed addresses, which somebody has made for one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPair = (pair: {
  readonly put: Redacted.Redacted
  readonly get: Redacted.Redacted
}): Layer.Layer<ArtifactStore> =>
  Layer.succeed(ArtifactStore, {
    kind: "single",
    read: () => Effect.succeed({ url: pair.get }),
    write: () => Effect.succeed({ url: pair.put })
  })

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Below it the archives are put, as `https://s3.eu-central-1.amazonaws.com/bucket/flash`. */
  readonly url: string
  /** Below it workers fetch them, without a signature. Default: `url`, signed where there are credentials. */
  readonly publicUrl?: string
  /** Of an S3-compatible store. Without them requests are not signed. */
  readonly credentials?: SignedUrl.Credentials
}

/** Seconds that an upload's address is good for. */
const uploadTime = 60 * 60

/**
 * A store that takes `PUT` and answers `GET` below an address: S3 and what is compatible with it, or any server that does.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOf = ({ credentials, publicUrl, url }: Options): Layer.Layer<ArtifactStore> => {
  const below = (base: string, key: string) =>
    `${base.replace(/\/+$/, "")}/${key.split("/").map(encodeURIComponent).join("/")}`

  const signed = (method: "GET" | "PUT", key: string, lifetime: number) =>
    Effect.map(Clock.currentTimeMillis, (now): Address =>
      credentials === undefined
        ? { url: Redacted.make(below(url, key)) }
        : {
          url: SignedUrl.make({ method, url: below(url, key), credentials, lifetime, now }),
          expiresAt: now + lifetime * 1000
        })

  return Layer.succeed(ArtifactStore, {
    kind: "keyed",
    read: (key) =>
      publicUrl === undefined
        ? signed("GET", key, SignedUrl.longest)
        : Effect.succeed({ url: Redacted.make(below(publicUrl, key)) }),
    write: (key) => signed("PUT", key, uploadTime)
  })
}

const problemOf = (text: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")
    ? "must be a URL that begins with https:// or http://"
    : url.username !== "" || url.password !== ""
    ? "must not hold a user or a password"
    : undefined
}

const address = (name: string) =>
  Config.option(Config.nonEmptyString(name)).pipe(Config.mapOrFail((given) => {
    const problem = Option.isNone(given) ? undefined : problemOf(given.value)
    return problem === undefined
      ? Either.right(Option.getOrUndefined(given))
      : Either.left(ConfigError.InvalidData([name], problem))
  }))

/** Archives are below it. */
const base = (name: string) =>
  Config.mapOrFail(address(name), (url) =>
    url === undefined || new URL(url).search === "" && new URL(url).hash === ""
      ? Either.right(url)
      : Either.left(ConfigError.InvalidData([name], "must not have a query or a fragment")))

const signedAddress = (name: string) =>
  Config.map(address(name), (url) => url === undefined ? undefined : Redacted.make(url))

const optional = (name: string) => Config.map(Config.option(Config.nonEmptyString(name)), Option.getOrUndefined)

const secret = (name: string) => Config.map(Config.option(Config.redacted(name)), Option.getOrUndefined)

const Variables = Config.all({
  store: base("FLASH_ARTIFACT_STORE"),
  publicUrl: base("FLASH_ARTIFACT_PUBLIC_URL"),
  put: signedAddress("FLASH_ARTIFACT_PUT_URL"),
  get: signedAddress("FLASH_ARTIFACT_GET_URL"),
  accessKeyId: optional("AWS_ACCESS_KEY_ID"),
  secretAccessKey: secret("AWS_SECRET_ACCESS_KEY"),
  sessionToken: secret("AWS_SESSION_TOKEN"),
  region: Config.nonEmptyString("AWS_REGION").pipe(
    Config.orElse(() => Config.nonEmptyString("AWS_DEFAULT_REGION")),
    Config.withDefault("us-east-1")
  )
})

/**
 * The store that the environment names; nothing where there is none. Fails with a `ConfigError` that names the variable
 * that is missing or wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<Layer.Layer<ArtifactStore> | undefined, ConfigError.ConfigError> = Effect
  .flatMap(Variables, ({ accessKeyId, get, publicUrl, put, region, secretAccessKey, sessionToken, store }) => {
    if (store !== undefined) {
      const credentials = accessKeyId === undefined || secretAccessKey === undefined ? undefined : {
        accessKeyId,
        secretAccessKey,
        region,
        ...(sessionToken === undefined ? {} : { sessionToken })
      }
      return Effect.succeed(layerOf({
        url: store,
        ...(publicUrl === undefined ? {} : { publicUrl }),
        ...(credentials === undefined ? {} : { credentials })
      }))
    }
    if (put === undefined && get === undefined) return Effect.succeed(undefined)
    return put !== undefined && get !== undefined
      ? Effect.succeed(layerPair({ put, get }))
      : Effect.fail(ConfigError.MissingData(
        [put === undefined ? "FLASH_ARTIFACT_PUT_URL" : "FLASH_ARTIFACT_GET_URL"],
        "the two addresses are a pair: set both, or neither"
      ))
  })
