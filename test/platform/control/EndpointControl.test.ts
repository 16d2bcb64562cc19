import { assert, describe, expect, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import * as Compute from "../../../runtime/platform/control/Compute.ts"
import * as Control from "../../../runtime/platform/control/Control.ts"
import type { Endpoint, Template } from "../../../runtime/platform/control/Records.ts"
import type { Deployment } from "../../../runtime/platform/control/Rollout.ts"
import { cases } from "../../laws.ts"
import { draft, template } from "./drafts.ts"

const make = () => {
  const control = Control.memory()
  const events: Array<string> = []
  control.onEndpoint(({ _tag, id }) => void events.push(`${_tag} ${id}`))
  return { control, events }
}

const right = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)

const reasonOf = <A>(either: Either.Either<A, { readonly message: string }>): string => {
  assert(Either.isLeft(either))
  return either.left.message
}

describe("an endpoint", () => {
  it("is made with an id, a key, a version and a template that is its own", () => {
    const { control, events } = make()
    const { endpoint, template: own } = right(control.endpoints.create(draft(), template()))
    expect(endpoint.id).toMatch(/^[a-z0-9]{14}$/)
    expect(endpoint.version).toBe(1)
    expect(own).toMatchObject({ name: "a template", image: "my/image:1", boundTo: endpoint.id })
    expect(own.id).toMatch(/^[a-z0-9]{10}$/)
    expect(String(endpoint.aiKey)).toBe("<redacted>")
    expect(events).toEqual([`Saved ${endpoint.id}`])
    expect(right(control.endpoints.find(endpoint.id))).toEqual({ endpoint, template: own })
    // another that asks for the same name of a template gets one of its own
    const other = right(control.endpoints.create(draft(), template()))
    expect(other.template.name).toMatch(/^hello__template__/)
  })

  const rolling: ReadonlyArray<readonly [string, (before: Deployment) => Deployment]> = [
    ["template.imageName", (d) => ({ ...d, template: { ...d.template, image: "my/image:2" } })],
    ["template.env", (d) => ({ ...d, template: { ...d.template, env: { A: "1" } } })],
    ["env", (d) => ({ ...d, endpoint: { ...d.endpoint, env: { A: "1" } } })],
    ["template.dockerArgs", (d) => ({ ...d, template: { ...d.template, args: "--x" } })],
    ["template.containerDiskInGb", (d) => ({ ...d, template: { ...d.template, disk: 7 } })],
    ["template.ports", (d) => ({ ...d, template: { ...d.template, ports: ["80/http"] } })],
    ["gpuIds", (d) => ({ ...d, endpoint: { ...d.endpoint, compute: Compute.gpu(Compute.fromGpuIds("ADA_48_PRO")) } })],
    ["locations", (d) => ({ ...d, endpoint: { ...d.endpoint, dataCenterIds: ["EU-RO-1"] } })],
    ["flashBootType", (d) => ({ ...d, endpoint: { ...d.endpoint, flashboot: "FLASHBOOT" } })]
  ]
  for (const [field, change] of rolling) {
    it(`gets a release where its ${field} changes`, () => {
      const { control } = make()
      const before = right(control.endpoints.create(draft(), template()))
      const after = right(control.endpoints.save(change(before)))
      expect(after.endpoint.version).toBe(2)
      const [release, first] = control.endpoints.releases(before.endpoint.id)
      expect(release).toMatchObject({ version: 2, endpointId: before.endpoint.id })
      expect(release?.diff.map((entry) => entry.field)).toEqual([field])
      expect(release?.diff[0]?.old).not.toEqual(release?.diff[0]?.new)
      expect(first).toMatchObject({ version: 1, diff: [] })
    })
  }

  it("keeps its version where workers may stay as they are", () => {
    const { control, events } = make()
    const before = right(control.endpoints.create(draft(), template({ env: { A: "1", B: "2" } })))
    const { endpoint, template: own } = right(control.endpoints.save({
      endpoint: {
        ...before.endpoint,
        name: "renamed",
        workers: { min: 1, max: 5, idleTimeout: 60 },
        scaling: { type: "REQUEST_COUNT", requestCount: 2 },
        timeout: 5000
      },
      // in another order, which is of no account
      template: { ...before.template, env: { B: "2", A: "1" } }
    }))
    expect(endpoint).toMatchObject({ version: 1, name: "renamed", workers: { min: 1, max: 5 } })
    expect(control.endpoints.releases(endpoint.id)).toHaveLength(1)
    expect(own.id).toBe(before.template.id)
    expect(events).toHaveLength(2)
  })

  it("that shares a template changes a copy of it", () => {
    const { control } = make()
    const shared = right(control.templates.create(template()))
    const [a, b] = [draft({ name: "a" }), draft({ name: "b" })].map((one) =>
      right(control.endpoints.createOn(one, shared))
    )
    assert(a !== undefined && b !== undefined)
    const after = right(control.endpoints.save({ ...a, template: { ...a.template, image: "my/image:2" } }))
    expect(after.template).toMatchObject({ image: "my/image:2", boundTo: a.endpoint.id })
    expect(right(control.endpoints.find(b.endpoint.id))).toEqual(b)
    expect(right(control.templates.find(shared.id))).toEqual(shared)
    // and goes back to the shared one without leaving the copy behind
    right(control.endpoints.save({ endpoint: after.endpoint, template: shared }))
    expect(Either.isLeft(control.templates.find(after.template.id))).toBe(true)
    expect(right(control.endpoints.find(a.endpoint.id)).endpoint.version).toBe(3)
  })

  it("gets a release where the template it shares changes, and only then", () => {
    const { control, events } = make()
    const shared = right(control.templates.create(template()))
    const { endpoint } = right(control.endpoints.createOn(draft(), shared))
    right(control.templates.save({ ...shared, image: "my/image:2" }))
    right(control.templates.save({ ...shared, image: "my/image:2", readme: "# read me" }))
    expect(right(control.endpoints.find(endpoint.id)).endpoint.version).toBe(2)
    expect(control.endpoints.releases(endpoint.id)[0]?.diff).toEqual([
      { field: "template.imageName", old: "my/image:1", new: "my/image:2" }
    ])
    expect(events).toHaveLength(3)
    expect(reasonOf(control.templates.remove(shared.id))).toContain("Template in use")
  })

  it("goes with its template and its releases", () => {
    const { control, events } = make()
    const shared = right(control.templates.create(template()))
    const own = right(control.endpoints.create(draft(), template({ name: "own" })))
    const other = right(control.endpoints.createOn(draft(), shared))
    right(control.endpoints.remove(own.endpoint.id))
    right(control.endpoints.remove(other.endpoint.id))
    expect(control.endpoints.list()).toEqual([])
    expect(control.endpoints.releases(own.endpoint.id)).toEqual([])
    expect(control.templates.list()).toEqual([shared])
    expect(events.slice(-2)).toEqual([`Removed ${own.endpoint.id}`, `Removed ${other.endpoint.id}`])
    expect(reasonOf(control.endpoints.remove(own.endpoint.id))).toBe(`endpoint ${own.endpoint.id} not found`)
    right(control.templates.remove(shared.id))
  })

  it("leaves its template to another that was put on it", () => {
    const { control } = make()
    const first = right(control.endpoints.create(draft({ name: "first" }), template()))
    const second = right(control.endpoints.createOn(draft({ name: "second" }), first.template))
    const changed = right(control.endpoints.save({ ...first, template: { ...first.template, image: "my/image:2" } }))
    expect(changed.template.id).not.toBe(first.template.id)
    right(control.endpoints.remove(first.endpoint.id))
    expect(right(control.endpoints.find(second.endpoint.id))).toEqual(second)
    expect(Either.isLeft(control.templates.find(changed.template.id))).toBe(true)
  })

  it("keeps its last hundred releases", () => {
    const { control } = make()
    let current = right(control.endpoints.create(draft(), template()))
    for (let n = 0; n < 120; n++) {
      current = right(control.endpoints.save({ ...current, template: { ...current.template, args: String(n) } }))
    }
    const versions = control.endpoints.releases(current.endpoint.id).map(({ version }) => version)
    expect(versions).toHaveLength(100)
    expect(versions[0]).toBe(121)
  })

  const refused: ReadonlyArray<readonly [string, Partial<Endpoint>, Partial<Template>]> = [
    ["name must have", { name: "" }, {}],
    ["name must have", { name: "x".repeat(192) }, {}],
    ["above workers.max", { workers: { min: 3, max: 2, idleTimeout: 5 } }, {}],
    ["at most 1000", { workers: { min: 0, max: 1001, idleTimeout: 5 } }, {}],
    ["negative", { workers: { min: -1, max: 1, idleTimeout: 5 } }, {}],
    ["idle timeout", { workers: { min: 0, max: 1, idleTimeout: 0 } }, {}],
    ["REQUEST_COUNT", { kind: "LOAD_BALANCER" }, {}],
    ["scaler's value", { scaling: { type: "REQUEST_COUNT", requestCount: 0 } }, {}],
    ["timeout must be", { timeout: 4999 }, {}],
    ["timeout must be", { timeout: -1 }, {}],
    ["no data center XX-1", { dataCenterIds: ["XX-1"] }, {}],
    ["network volume nope not found", { networkVolumes: ["nope"] }, {}],
    ["flash environment nope not found", { flashEnvironmentId: "nope" }, {}],
    ["no GPU pool", { compute: Compute.gpu({ pools: [], excludedTypes: [] }) }, {}],
    ["in none of the pools", { compute: Compute.gpu(Compute.fromGpuIds("ADA_24,-NVIDIA L4")) }, {}],
    ["every GPU type", { compute: Compute.gpu(Compute.fromGpuIds("ADA_24,-NVIDIA GeForce RTX 4090")) }, {}],
    [
      "exclude each other",
      { compute: Compute.gpu(Compute.anyGpu, { allowedCudaVersions: ["12.8"], minCudaVersion: "12.1" }) },
      {}
    ],
    ["GPU count", { compute: Compute.gpu(Compute.anyGpu, { count: 0 }) }, {}],
    ["no CPU configuration", { compute: { type: "CPU", instances: [] } }, {}],
    ["no CPU flavor cpu9z", { compute: { type: "CPU", instances: [{ id: "cpu9z", vcpuCount: 2 }] } }, {}],
    ["power of two", { compute: { type: "CPU", instances: [{ id: "cpu3c", vcpuCount: 3 }] } }, {}],
    ["disk", {}, { disk: 0 }],
    ["port 80", {}, { ports: ["80"] }],
    ["volume", {}, { volume: { size: 10, path: "/x" } }],
    ["more than 50", { env: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`V${n}`, ""])) }, {}],
    ["no environment variable", {}, { env: { "A=B": "1" } }],
    ["no environment variable", {}, { env: { A: "nul\0" } }],
    ["credential nope not found", {}, { registry: "nope" }]
  ]
  for (const [reason, endpoint, container] of refused) {
    it(`is refused where it has ${JSON.stringify({ ...endpoint, ...container }).slice(0, 60)}`, () => {
      const { control, events } = make()
      expect(reasonOf(control.endpoints.create(draft(endpoint), template(container)))).toContain(reason)
      const before = right(control.endpoints.create(draft(), template()))
      const next = {
        endpoint: { ...before.endpoint, ...endpoint },
        template: { ...before.template, ...container }
      }
      expect(reasonOf(control.endpoints.save(next))).toContain(reason)
      expect(right(control.endpoints.find(before.endpoint.id))).toEqual(before)
      expect(events).toHaveLength(1)
    })
  }

  it("may ask for a pool that is not in the table", () => {
    const { control } = make()
    right(control.endpoints.create(draft({ compute: Compute.gpu(Compute.fromGpuIds("NEW_1,-NEW TYPE")) }), template()))
  })
})

describe("versions", () => {
  it("count the changes of what containers are made of, whatever else is changed", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.record({ image: FastCheck.constantFrom("a", "b"), max: FastCheck.nat({ max: 9 }) })),
        (steps) => {
          const { control } = make()
          const first = right(control.endpoints.create(draft(), template({ image: "a" })))
          let [image, version] = ["a", 1]
          for (const step of steps) {
            if (step.image !== image) version++
            image = step.image
            const before = right(control.endpoints.find(first.endpoint.id))
            right(control.endpoints.save({
              endpoint: { ...before.endpoint, workers: { ...before.endpoint.workers, max: step.max } },
              template: { ...before.template, image }
            }))
          }
          const { endpoint } = right(control.endpoints.find(first.endpoint.id))
          expect(endpoint.version).toBe(version)
          expect(control.endpoints.releases(endpoint.id)).toHaveLength(version)
        }
      ),
      cases(50)
    )
  })
})
