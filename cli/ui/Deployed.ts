/** What is deployed: addresses, functions, and how to call one of them. */
import * as Schema from "effect/Schema"
import type * as Manifest from "../../src/discovery/Manifest.ts"
import type { Deployed } from "../../src/provision/Deployment.ts"
import { bold, count, dim } from "./Text.ts"

const JsonSchema = Schema.Struct({
  type: Schema.optional(Schema.String),
  enum: Schema.optional(Schema.Array(Schema.Unknown)),
  properties: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  required: Schema.optional(Schema.Array(Schema.String))
})

const isJsonSchema = Schema.is(JsonSchema)

/** A value that a JSON Schema takes, as far as its types say it. */
const sampleOf = (schema: unknown): unknown => {
  if (!isJsonSchema(schema)) return {}
  if (schema.enum !== undefined) return schema.enum[0]
  switch (schema.type) {
    case "string":
      return "text"
    case "number":
    case "integer":
      return 1
    case "boolean":
      return true
    case "array":
      return []
    default:
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(schema.properties?.[name])])
      )
  }
}

/** In single quotes, as a shell reads them. */
const quoted = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", `'\\''`)}'`

const headers = `-H "Authorization: Bearer $RUNPOD_API_KEY" -H "Content-Type: application/json"`

const curlOf = (url: string, resource: Manifest.ManifestResource, one: Manifest.ManifestFunction): string => {
  const payload = sampleOf(one.payload_schema)
  if (resource.is_load_balanced) {
    const path = (one.http_path ?? "/").replaceAll(/\{[^}]*\}/g, "1")
    const method = one.http_method ?? "POST"
    const body = method === "GET" || method === "DELETE" || one.payload_schema === undefined
      ? ""
      : ` -d ${quoted(payload)}`
    return `curl -X ${method} ${url}${path} ${headers}${body}`
  }
  // the only function of a resource takes its payload as it is
  const input = resource.functions.length === 1 ? payload : {
    protocol_version: 1,
    function_name: one.name,
    args: one.payload_schema === undefined ? [] : [payload]
  }
  return `curl -X POST ${url}/runsync ${headers} -d ${quoted({ input })}`
}

/** A line that calls a function; absent where there are methods alone, which need an instance. */
export const curl = ({ endpoints, manifest }: Deployed): string | undefined => {
  for (const { resource: name, url } of endpoints) {
    const resource = manifest.resources[name]
    const one = resource?.functions.find(({ is_class, name }) => !is_class && !name.includes("."))
    if (resource !== undefined && one !== undefined) return curlOf(url, resource, one)
  }
  return undefined
}

const functionsOf = (manifest: Manifest.Manifest, resource: string): ReadonlyArray<string> =>
  (manifest.resources[resource]?.functions ?? []).flatMap(({ http_method, http_path, is_class, name }) =>
    is_class ? [] : [http_path === undefined ? name : `${name} ${dim(`${http_method ?? "POST"} ${http_path}`)}`]
  )

export const deployedText = (deployed: Deployed): string => {
  const { buildId, endpoints, manifest, place, removed, unfinished } = deployed
  const line = curl(deployed)
  return [
    `Deployed to ${bold(place.env)} of app ${bold(place.app)} ${dim(`build ${buildId}`)}`,
    ...endpoints.flatMap(({ resource, url }) => [
      `  ${resource}  ${url}`,
      ...functionsOf(manifest, resource).map((text) => `    ${text}`)
    ]),
    ...unfinished.map(({ old, resource, total }) =>
      `${old} of ${count(total, "worker")} of ${resource} still run what was before, until their jobs end`
    ),
    ...removed.map((name) => `Deleted endpoint ${name}`),
    ...(line === undefined ? [] : ["Try it:", `  ${line}`])
  ].join("\n")
}

export const deployedJson = (deployed: Deployed) => ({
  ...deployed.place,
  buildId: deployed.buildId,
  promoted: deployed.isPromoted,
  endpoints: deployed.endpoints.map((endpoint) => ({
    ...endpoint,
    functions: (deployed.manifest.resources[endpoint.resource]?.functions ?? []).map(({ name }) => name)
  })),
  unfinished: deployed.unfinished,
  removed: deployed.removed,
  curl: curl(deployed)
})
