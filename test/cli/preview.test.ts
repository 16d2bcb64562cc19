/** The compose file of `flash deploy --preview`. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, Env, LiveServerless } from "effect-flash"
import * as Compose from "../../cli/preview/Compose.ts"
import { bootstrapScript } from "../../src/resources/startCommand.ts"
import { version } from "../../src/Version.ts"
import * as Deploying from "../provision/deploying.ts"

const resources = [
  CpuLiveServerless.make("Back.End", {
    instanceIds: ["cpu3c-2-4"],
    env: { MODE: "a $fast \"one\"", TOKEN: Env.fromLocal("LOCAL_TOKEN"), KEY: Env.secret("account") }
  }),
  LiveServerless.make("gpu"),
  CpuLiveLoadBalancer.make("api", { instanceIds: ["cpu3c-2-4"] })
]

const made = Effect.gen(function*() {
  const manifest = yield* Deploying.manifestOf("@acme/Shop", resources)
  // what has no code of ours is not run
  const code = { module: "main.mjs", files: {} }
  const described = Object.entries(manifest.resources).map(([name, resource]) =>
    [name, name === "gpu" ? resource : { ...resource, code }] as const
  )
  return yield* Compose.make({
    archive: "/shop/.flash/artifact.tar.gz",
    manifest: { ...manifest, resources: Object.fromEntries(described) }
  })
})

describe("the compose file of a preview", () => {
  it.effect("has a container for each resource with code, at its own port of this machine", () =>
    Effect.gen(function*() {
      const { project, services, text } = yield* made
      expect(project).toBe("flash-preview-acme-shop")
      expect(services.map(({ resource, url }) => [resource, url])).toEqual([
        ["Back.End", `http://localhost:${services[0]?.port}`],
        ["api", `http://localhost:${services[1]?.port}`]
      ])
      const lines = text.split("\n")
      // the script is one long line, whose dollars compose must not fill in
      const scripts = lines.filter((line) => line.includes("FLASH_HOME"))
      const script = JSON.stringify(bootstrapScript(version).replaceAll("$", "$$$$"))
      expect(scripts).toEqual([`      - ${script}`, `      - ${script}`])
      expect(lines.filter((line) => !line.includes("FLASH_HOME")).join("\n")).toBe(`\
# Made by \`flash deploy --preview\`, and made anew each time.
name: "flash-preview-acme-shop"
services:
  Back.End:
    image: "node:22-bookworm-slim"
    platform: "linux/amd64"
    entrypoint:
      - "sh"
      - "-c"
    command:
      - "sh"
      - "--serve-api"
      - "--api-host"
      - "0.0.0.0"
      - "--api-port"
      - "80"
    environment:
      MODE: "a $$fast \\"one\\""
      TOKEN: "\${LOCAL_TOKEN:-}"
      FLASH_RESOURCE_NAME: "Back.End"
      FLASH_IS_LIVE_PROVISIONING: "false"
      RUNPOD_ENDPOINT_ID: "preview-Back.End"
    ports:
      - "127.0.0.1:${services[0]?.port}:80"
    volumes:
      - "/shop/.flash/artifact.tar.gz:/root/.runpod/artifact.tar.gz:ro"
  api:
    image: "node:22-bookworm-slim"
    platform: "linux/amd64"
    entrypoint:
      - "sh"
      - "-c"
    command:
      - "sh"
    environment:
      FLASH_RESOURCE_NAME: "api"
      FLASH_IS_LIVE_PROVISIONING: "false"
      RUNPOD_ENDPOINT_ID: "preview-api"
      FLASH_ENDPOINT_TYPE: "lb"
      PORT: "80"
    ports:
      - "127.0.0.1:${services[1]?.port}:80"
    volumes:
      - "/shop/.flash/artifact.tar.gz:/root/.runpod/artifact.tar.gz:ro"
`)
      expect((yield* made).text).toBe(text)
    }))

  it("gives a resource the same port whatever others there are, and no port twice", () => {
    const names = Array.from({ length: 400 }, (_, index) => `resource${index}`)
    const all = Compose.portsOf(names)
    expect(new Set(all.values()).size).toBe(400)
    expect(Math.min(...all.values())).toBeGreaterThanOrEqual(8000)
    expect(Math.max(...all.values())).toBeLessThan(9000)
    expect(Compose.portsOf([...names].reverse())).toEqual(all)
    const alone = Compose.portsOf(["api"]).get("api")
    expect(Compose.portsOf(["web", "api", "back"]).get("api")).toBe(alone)
  })
})
