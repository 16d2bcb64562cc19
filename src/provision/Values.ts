/**
 * A declaration's settings as values that can be stored, compared and shown: by field, without any secret.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import type { TemplateSettings } from "../resources/PodTemplate.ts"
import { ResourceConfig } from "../resources/ResourceConfig.ts"
import type { EndpointSettings } from "./EndpointSettings.ts"
import * as Fields from "./Fields.ts"

/**
 * JSON values by the names of fields; a variable of the environment is a field of its own, as `env.TOKEN`, and so is what
 * a template says, as `template.ports`.
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
        return [[field, {
          image: resolved.worker.image,
          args: resolved.worker.args,
          env: Object.fromEntries(
            Object.entries(resolved.workerEnv).map(([name, value]) => [name, shown(resolved.endpointName, value)])
          )
        }]]
      case "template":
        return Object.entries({ ...config.template }).flatMap(([name, value]) =>
          isNothing(value) ? [] : [[`template.${name}`, value]]
        )
      default:
        return encoded[field] === undefined ? [] : [[field, encoded[field]]]
    }
  })
  // as it is read back from a file
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Values
}

/** Who has a signed address can read what is there. */
const shown = (key: string, value: string): string => {
  const [address, query] = /^https?:/.test(value) ? value.split(/\?(.*)/s) : [value]
  return query === undefined ? value : `${address}?${digest(key, query)}`
}

/** What a template says where nobody said anything. */
const isNothing = (value: unknown): boolean =>
  value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0)

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

const isReplacing = (field: string): boolean => field.startsWith("env.") || replacing.has(fieldOf(field))

/**
 * The field of a declaration that a name in `Values` belongs to.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fieldOf = (name: string): Fields.Field =>
  // names are fields, variables of the environment, or parts of the template
  name.startsWith("env.") ? "env" : name.startsWith("template.") ? "template" : name as Fields.Field

/**
 * The settings that may be others after a change of what has this name.
 *
 * @since 0.1.0
 * @category accessors
 */
export const decided = (name: string): ReadonlyArray<keyof EndpointSettings> =>
  templateParts[name] ?? Fields.decided([fieldOf(name)])

const templateParts: Readonly<Record<string, ReadonlyArray<keyof EndpointSettings>>> = {
  "template.ports": ["ports"],
  "template.dockerArgs": ["args"],
  "template.startScript": ["template"],
  "template.advancedStart": ["template"],
  "template.config": ["template"],
  // of the template that GraphQL makes beside an endpoint, and no setting of the endpoint
  "template.name": []
} satisfies Readonly<Record<`template.${keyof TemplateSettings}`, ReadonlyArray<keyof EndpointSettings>>>

/** JSON with sorted keys. */
const canonical = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => a < b ? -1 : 1))
      : inner)
