/**
 * Where an endpoint on the platform differs from its declaration, whoever changed it.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import type { ResourceConfig } from "../resources/ResourceConfig.ts"
import type { EndpointSettings } from "./EndpointSettings.ts"
import * as Fields from "./Fields.ts"

/**
 * A field whose settings on the platform are not the declared ones.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference {
  readonly field: Fields.Field
  /** The settings of it that differ. */
  readonly settings: ReadonlyArray<keyof EndpointSettings>
}

/**
 * Compares what the platform says; what it does not say is unknown, and no difference.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const find = (
  config: ResourceConfig,
  resolved: Fields.Resolved,
  observed: Fields.Part
): ReadonlyArray<Difference> => {
  const all = Fields.settings(config, resolved)
  return Fields.of(config._tag).flatMap((field) => {
    const part = heard(Fields.part(field, config, resolved), all)
    const settings = (Object.keys(part) as ReadonlyArray<keyof EndpointSettings>)
      .filter((setting) => observed[setting] !== undefined && !holds(setting, part[setting], observed[setting]))
    return settings.length === 0 ? [] : [{ field, settings }]
  })
}

/** What a field says without that in which another one wins, as arguments or variables. */
const heard = ({ args, env, ...part }: Fields.Part, all: EndpointSettings): Fields.Part => ({
  ...part,
  ...(args === undefined || args !== all.args ? {} : { args }),
  ...(env === undefined ? {} : {
    env: Object.fromEntries(Object.entries(env).filter(([name, value]) => Equal.equals(value, all.env[name])))
  })
})

/** Lists whose order the platform does not keep. */
const unordered: ReadonlySet<string> = new Set([
  "pools",
  "excludedTypes",
  "allowedCudaVersions",
  "dataCenterIds",
  "networkVolumes",
  "ports"
])

/** Whether what is declared is there; what is there besides belongs to other fields. */
const holds = (name: string, declared: unknown, observed: unknown): boolean => {
  if (Redacted.isRedacted(declared)) {
    return Redacted.isRedacted(observed) && Equal.equals(declared, observed)
  }
  if (Array.isArray(declared)) {
    if (!Array.isArray(observed) || declared.length > observed.length) return false
    if (!unordered.has(name)) return declared.every((value, index) => holds("", value, observed[index]))
    // ports are decided by two fields; of all else there is no more than what is declared
    return (name === "ports" || declared.length === observed.length) &&
      declared.every((value) => observed.some((other) => holds("", value, other)))
  }
  if (typeof declared === "object" && declared !== null) {
    return typeof observed === "object" && observed !== null &&
      Object.entries(declared).every(([key, value]) => {
        const other = (observed as Readonly<Record<string, unknown>>)[key]
        // of a volume or an instance the platform may not say all, and the instance's name says the same again
        return key === "instanceId" || (name === "" && other === undefined) || holds(key, value, other)
      })
  }
  return declared === observed
}
