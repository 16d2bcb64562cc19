/**
 * A declaration's settings as values that can be stored, compared and shown: by field, without any secret.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import { ResourceConfig } from "../resources/ResourceConfig.ts"
import * as Fields from "./Fields.ts"

/**
 * JSON values by the names of fields; a variable of the environment is a field of its own, as `env.TOKEN`.
 *
 * @since 0.1.0
 * @category models
 */
export type Values = Readonly<Record<string, unknown>>

/**
 * One setting that differs. Values of the environment are shown as digests, since nobody can tell a secret from a
 * setting there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Change {
  readonly field: string
  /** Absent: it was not set. */
  readonly from?: unknown
  /** Absent: it is not set any more. */
  readonly to?: unknown
  /** What an update of it does: workers that run go on, or are replaced one by one when they are idle. */
  readonly workers: "stay" | "are replaced"
}

const encode = Schema.encodeSync(ResourceConfig)

/**
 * Equal for equal declarations, whatever the order in which they were written.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (config: ResourceConfig, resolved: Fields.Resolved): Values => {
  const encoded: Readonly<Record<string, unknown>> = { ...encode(config) }
  const entries = Fields.of(config._tag).flatMap((field): ReadonlyArray<readonly [string, unknown]> => {
    switch (field) {
      case "env":
        return Object.entries(config.env).map(([name, value]) => [
          `env.${name}`,
          typeof value === "object" && value._tag === "Secret"
            ? `secret ${value.name}`
            : digest(resolved.endpointName, Redacted.value(resolved.env[name] ?? Redacted.make("")))
        ])
      // what makes it a worker goes with the image
      case "imageName":
        return [[field, { image: resolved.worker.image, args: resolved.worker.args, env: resolved.workerEnv }]]
      default:
        return encoded[field] === undefined ? [] : [[field, encoded[field]]]
    }
  })
  // as it is read back from a file
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Values
}

/** Tells whether two values are the same, and nothing else about them. */
const digest = (key: string, value: string): string =>
  `sha256:${createHmac("sha256", key).update(value).digest("hex").slice(0, 32)}`

/** A change of these makes a new release, and workers of an old one are replaced. */
const replacing: ReadonlySet<string> = new Set<Fields.Field>([
  "imageName",
  "template",
  "templateId",
  "containerDiskInGb",
  "containerRegistryAuthId",
  "maxConcurrency",
  "port",
  "gpus",
  "gpuCount",
  "cudaVersions",
  "minCudaVersion",
  "instanceIds",
  "networkVolumes",
  "dataCenters"
])

/**
 * The fields in which two differ, sorted by name.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const diff = (from: Values, to: Values): ReadonlyArray<Change> =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted().flatMap((field): ReadonlyArray<Change> =>
    canonical(from[field]) === canonical(to[field]) ? [] : [{
      field,
      ...(field in from ? { from: from[field] } : {}),
      ...(field in to ? { to: to[field] } : {}),
      workers: isReplacing(field) ? "are replaced" : "stay"
    }]
  )

const isReplacing = (field: string): boolean => field.startsWith("env.") || replacing.has(field)

/**
 * The field of a declaration that a name in `Values` belongs to.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fieldOf = (name: string): Fields.Field =>
  // names are fields, or variables of the environment
  name.startsWith("env.") ? "env" : name as Fields.Field

/** JSON with sorted keys. */
const canonical = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => a < b ? -1 : 1))
      : inner)
