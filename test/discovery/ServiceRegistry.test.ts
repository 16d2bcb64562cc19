import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as ServiceRegistry from "../../src/discovery/ServiceRegistry.ts"
import type { Location } from "../../src/discovery/ServiceRegistry.ts"

const built = Manifest.decode({
  version: "1.0",
  resources: {
    front: { resource_type: "CpuLiveServerless", functions: [{ name: "welcome" }] },
    back: { resource_type: "CpuLiveServerless", functions: [{ name: "shout" }] },
    api: {
      resource_type: "CpuLiveLoadBalancer",
      is_load_balanced: true,
      functions: [{ name: "process", http_method: "POST", http_path: "/process" }]
    },
    lost: { resource_type: "CpuLiveServerless", functions: [{ name: "find" }] },
    odd: { resource_type: "CpuLiveServerless" }
  },
  function_registry: { welcome: "front", shout: "back", process: "api", find: "lost" }
})

/** The registry of a worker of "front", and how often it has asked. */
const registry = Effect.gen(function*() {
  const manifest = yield* Effect.orDie(built)
  const asked = { times: 0 }
  const deployed = {
    ...manifest,
    resources_endpoints: {
      front: "https://api.runpod.ai/v2/f1",
      back: "https://api.runpod.ai/v2/b1",
      api: "https://a1.api.runpod.ai",
      odd: "https://evil.example/other/b1"
    }
  }
  const { findFunction, findResource } = ServiceRegistry.make({ own: "front", manifest }, {
    manifest: Effect.sync(() => {
      asked.times++
      return deployed
    })
  })
  return { asked, findFunction, findResource }
})

const unknown = (location: Location) => location._tag === "Unknown" ? location : expect.fail(location._tag)

describe("the registry of a worker", () => {
  it.effect("knows its own functions without asking", () =>
    Effect.gen(function*() {
      const { asked, findFunction, findResource } = yield* registry
      expect(yield* findFunction("welcome")).toMatchObject({ _tag: "Local", resource: "front" })
      expect(yield* findResource("front")).toMatchObject({ _tag: "Local", resource: "front" })
      expect(asked.times).toBe(0)
    }))

  it.effect("says where the others are, with the route of what is load-balanced", () =>
    Effect.gen(function*() {
      const { findFunction, findResource } = yield* registry
      const queue = { _tag: "Remote", resource: "back", id: "b1", url: "https://api.runpod.ai/v2/b1", kind: "QUEUE" }
      expect(yield* findFunction("shout")).toMatchObject(queue)
      expect(yield* findResource("back")).toMatchObject(queue)
      expect(yield* findFunction("process")).toMatchObject({
        _tag: "Remote",
        id: "a1",
        url: "https://a1.api.runpod.ai",
        kind: "LOAD_BALANCER",
        method: "POST",
        path: "/process"
      })
    }))

  it.effect("takes nothing that is unknown for its own", () =>
    Effect.gen(function*() {
      const { findFunction, findResource } = yield* registry
      expect(unknown(yield* findFunction("nobody")).known).toEqual(["find", "process", "shout", "welcome"])
      expect(unknown(yield* findResource("nobody")).reason).toContain("no resource")
      // it is in the build, and was not deployed
      expect(unknown(yield* findFunction("find")).reason).toContain("deploy it again")
      expect(unknown(yield* findResource("odd")).reason).toContain("no endpoint's")
    }))
})
