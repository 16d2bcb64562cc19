import { describe, expect, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { CpuLiveLoadBalancer, LiveServerless } from "effect-flash"
import * as Manifest from "../../src/discovery/Manifest.ts"
import { equivalence } from "../../src/resources/ResourceConfig.ts"

/** As the Python package writes it, with a key of a version to come. */
const python = {
  version: "1.0",
  generated_at: "2026-11-23T06:30:40.780611Z",
  project_name: "my-app",
  resources: {
    gpu_worker: {
      resource_type: "LiveServerless",
      file_path: "gpu_worker.py",
      local_path_prefix: "/gpu_worker",
      module_path: "gpu_worker",
      functions: [{
        name: "gpu_hello",
        module: "gpu_worker",
        is_async: true,
        is_class: false,
        is_load_balanced: false,
        is_live_resource: false,
        config_variable: "gpu_config",
        from_the_future: [1]
      }],
      is_load_balanced: false,
      is_live_resource: false,
      config_variable: null,
      makes_remote_calls: false,
      imageName: "runpod/flash:latest",
      gpuIds: "AMPERE_80,ADA_24",
      workersMin: 0,
      workersMax: 1,
      template: { containerDiskInGb: 64, dockerArgs: "" }
    }
  },
  function_registry: { gpu_hello: "gpu_worker" },
  routes: { lb_worker: { "POST /process": "process" } },
  another_key: true
}

describe("a manifest", () => {
  it.effect("of the Python package is read, and what is not known is left aside", () =>
    Effect.gen(function*() {
      const manifest = yield* Manifest.decode(python)
      expect(manifest.resources["gpu_worker"]).toMatchObject({
        resource_type: "LiveServerless",
        workersMax: 1,
        config_variable: null,
        dependencies: [],
        functions: [{ name: "gpu_hello", module: "gpu_worker", is_async: true }]
      })
      expect(yield* Manifest.decode(JSON.stringify(python))).toEqual(manifest)
      const { another_key: _, ...known } = python
      const { from_the_future: __, ...gpuHello } = python.resources.gpu_worker.functions[0]!
      expect(yield* Manifest.encode(manifest)).toMatchObject({
        ...known,
        resources: { gpu_worker: { ...python.resources.gpu_worker, functions: [gpuHello] } }
      })
    }))

  it.effect("has the original's keys of every field, and the configuration whole", () =>
    Effect.gen(function*() {
      const gpu = LiveServerless.make("gpu", { workersMax: 3, env: { A: "1" }, idleTimeout: 5 })
      const fields = yield* Manifest.ofConfig(gpu.config)
      expect(fields).toMatchObject({
        resource_type: "LiveServerless",
        is_load_balanced: false,
        is_live_resource: false,
        workersMin: 0,
        workersMax: 3,
        gpuIds: expect.stringContaining("AMPERE_80")
      })
      const { resources } = yield* Manifest.decode(
        yield* Manifest.print(yield* Manifest.decode({ version: "1.0", resources: { gpu: fields } }))
      )
      expect(equivalence(yield* Manifest.configOf(resources["gpu"]!), gpu.config)).toBe(true)
      const balanced = yield* Manifest.ofConfig(CpuLiveLoadBalancer.make("lb").config)
      expect(balanced).toMatchObject({ is_load_balanced: true, is_live_resource: true })
      expect(balanced).not.toHaveProperty("gpuIds")
    }))

  it.effect("is the same bytes whatever the order of its keys", () =>
    Effect.gen(function*() {
      const one = { version: "1.0", resources: { b: { resource_type: "X" }, a: { resource_type: "Y" } } }
      const other = { resources: { a: { resource_type: "Y" }, b: { resource_type: "X" } }, version: "1.0" }
      const [first, second] = yield* Effect.forEach([one, other], (value) =>
        Effect.flatMap(Manifest.decode(value), Manifest.print))
      expect(first).toBe(second)
    }))

  it.effect("of another version, or whose code lies outside the archive, is refused", () =>
    Effect.gen(function*() {
      const of = (value: unknown) => Effect.map(Effect.either(Manifest.decode(value)), Either.isRight)
      const code = (module: string, sha256 = "0".repeat(64)) => ({
        version: "1.0",
        resources: { a: { resource_type: "X", code: { module, files: { [module]: sha256 } } } }
      })
      expect(yield* of({ version: "1.7", resources: {} })).toBe(true)
      expect(yield* of({ version: "2.0", resources: {} })).toBe(false)
      expect(yield* of({ resources: {} })).toBe(false)
      expect(yield* of("no JSON")).toBe(false)
      expect(yield* of(code("bundles/a.mjs"))).toBe(true)
      for (const module of ["/etc/passwd", "../a.mjs", "a/../../b.mjs", ""]) expect(yield* of(code(module))).toBe(false)
      expect(yield* of(code("a.mjs", "no digest"))).toBe(false)
    }))
})
