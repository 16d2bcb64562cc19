/** A docker compose file that runs a build on this machine: a container for each resource, each at a port of its own. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as Derived from "../../src/resources/Derived.ts"
import type { Env } from "../../src/resources/Env.ts"
import * as Image from "../../src/resources/Image.ts"
import type { ResourceConfig } from "../../src/resources/ResourceConfig.ts"
import { bootstrapScript } from "../../src/resources/startCommand.ts"
import { version } from "../../src/Version.ts"

export interface Service {
  readonly resource: string
  readonly port: number
  /** Where it answers: a load balancer its routes, a queue `/run`, `/runsync` and what else the job API has. */
  readonly url: string
  readonly isLoadBalanced: boolean
}

export interface Compose {
  /** Of the compose project: the same for an app at each time. */
  readonly project: string
  readonly services: ReadonlyArray<Service>
  readonly text: string
}

const firstPort = 8000
const ports = 1000

/** By the names alone, so that a resource has the same port at each time, unless another has taken it. */
export const portsOf = (names: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const taken = new Map<number, string>()
  for (const name of names.toSorted()) {
    let offset = createHash("sha256").update(name).digest().readUInt32BE(0) % ports
    while (taken.has(firstPort + offset)) offset = (offset + 1) % ports
    taken.set(firstPort + offset, name)
  }
  return new Map([...taken].map(([port, name]) => [name, port]))
}

/** Names of compose projects: lower case, digits, `-` and `_`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+/, "")

/** `archive` and the manifest that says what is in it; resources without code of ours run elsewhere, or not at all. */
export const make = (
  { archive, manifest }: { readonly archive: string; readonly manifest: Manifest.Manifest }
): Effect.Effect<Compose> =>
  Effect.gen(function*() {
    // a manifest of this machine's own build
    const configs = yield* Effect.forEach(
      Object.entries(manifest.resources).filter(([, { code }]) => code !== undefined),
      ([name, resource]) => Effect.map(Effect.orDie(Manifest.configOf(resource)), (config) => ({ name, config }))
    )
    const byName = portsOf(configs.map(({ name }) => name))
    const services = configs.map(({ config, name }): Service => {
      const port = byName.get(name) ?? firstPort
      return { resource: name, port, url: `http://localhost:${port}`, isLoadBalanced: Derived.isLoadBalancer(config) }
    }).toSorted((a, b) => a.resource < b.resource ? -1 : 1)
    const project = `flash-preview-${plain(manifest.project_name) || "app"}`
    const value = {
      name: project,
      services: Object.fromEntries(services.map((service) => [
        service.resource,
        serviceOf(service, configs.find(({ name }) => name === service.resource)?.config, archive)
      ]))
    }
    return {
      project,
      services,
      text: `# Made by \`flash deploy --preview\`, and made anew each time.\n${yaml(value)}`
    }
  })

/** The port that workers listen on in their containers. */
const inside = 80

const serviceOf = (
  { isLoadBalanced, port, resource }: Service,
  config: ResourceConfig | undefined,
  archive: string
) => {
  const { image } = config === undefined ? { image: undefined } : Image.workerImage(config, { version })
  return {
    image: image ?? "node:22",
    platform: "linux/amd64",
    entrypoint: ["sh", "-c"],
    command: [
      bootstrapScript(version),
      "sh",
      ...(isLoadBalanced ? [] : ["--serve-api", "--api-host", "0.0.0.0", "--api-port", String(inside)])
    ],
    environment: {
      ...(config === undefined ? {} : variablesOf(config.env)),
      FLASH_RESOURCE_NAME: resource,
      FLASH_IS_LIVE_PROVISIONING: "false",
      RUNPOD_ENDPOINT_ID: `preview-${resource}`,
      ...(isLoadBalanced ? { FLASH_ENDPOINT_TYPE: "lb", PORT: String(inside) } : {})
    },
    ports: [`127.0.0.1:${port}:${inside}`],
    volumes: [`${archive}:/root/.runpod/artifact.tar.gz:ro`]
  }
}

/** Filled in by compose, from the variables of who runs it. */
class Variable {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** What a resource gives its workers. Secrets of the account are the platform's to put in, and are missing here. */
const variablesOf = (env: Env): Readonly<Record<string, string | Variable>> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]): ReadonlyArray<readonly [string, string | Variable]> =>
      typeof value === "string" ? [[name, value]] : value._tag === "Local" ? [[name, new Variable(value.name)]] : []
    )
  )

/** Compose fills in what follows a `$`; a second one says that it is one. */
const scalar = (value: unknown): string =>
  value instanceof Variable
    ? `"\${${value.name}:-}"`
    : JSON.stringify(typeof value === "string" ? value.replaceAll("$", "$$$$") : value)

/** Texts are in double quotes, as JSON has them, which YAML reads. */
const yaml = (value: unknown, indent = ""): string => {
  if (typeof value !== "object" || value === null) return `${indent}${scalar(value)}\n`
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${scalar(item)}\n`).join("")
  return Object.entries(value).map(([key, item]) =>
    typeof item === "object" && item !== null && !(item instanceof Variable)
      ? `${indent}${key}:\n${yaml(item, `${indent}  `)}`
      : `${indent}${key}: ${scalar(item)}\n`
  ).join("")
}
