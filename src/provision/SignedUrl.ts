/**
 * Signed addresses of objects in an S3-compatible store (AWS Signature Version 4, in the query): whoever has one can do
 * that one thing with that one object until it ends.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { createHash, createHmac } from "node:crypto"

/**
 * @since 0.1.0
 * @category models
 */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  /** Of temporary credentials. */
  readonly sessionToken?: Redacted.Redacted
  /** As `eu-central-1`. */
  readonly region: string
}

/**
 * The longest that an address may be good for, in seconds: a week.
 *
 * @since 0.1.0
 * @category constants
 */
export const longest = 7 * 24 * 60 * 60

/**
 * Signs the address of an object, which has no query of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ credentials, lifetime, method, now, url }: {
  readonly method: "GET" | "PUT"
  readonly url: string
  readonly credentials: Credentials
  /** Seconds, up to a week. */
  readonly lifetime: number
  /** Milliseconds since the epoch. */
  readonly now: number
}): Redacted.Redacted => {
  const { host, origin, pathname } = new URL(url)
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "")
  const date = time.slice(0, 8)
  const scope = `${date}/${credentials.region}/s3/aws4_request`
  const query = [
    ["X-Amz-Algorithm", algorithm],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(lifetime)],
    ...(credentials.sessionToken === undefined
      ? []
      : [["X-Amz-Security-Token", Redacted.value(credentials.sessionToken)]]),
    ["X-Amz-SignedHeaders", "host"]
  ].map((pair) => pair.map(encoded).join("=")).join("&")
  const path = pathname.split("/").map((segment) => encoded(decodeURIComponent(segment))).join("/")
  const request = [method, path, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n")
  const text = [algorithm, time, scope, createHash("sha256").update(request).digest("hex")].join("\n")
  const key = [date, credentials.region, "s3", "aws4_request"].reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${Redacted.value(credentials.secretAccessKey)}`
  )
  return Redacted.make(`${origin}${path}?${query}&X-Amz-Signature=${hmac(key, text).toString("hex")}`)
}

const algorithm = "AWS4-HMAC-SHA256"

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()

/** As RFC 3986 wants it: more than `encodeURIComponent` does. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
