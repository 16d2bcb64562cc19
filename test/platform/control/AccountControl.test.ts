import { assert, describe, expect, it } from "@effect/vitest"
import { Either, Redacted } from "effect"
import * as Control from "../../../runtime/platform/control/Control.ts"
import { draft, template } from "./drafts.ts"

const right = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)

const reasonOf = <A>(either: Either.Either<A, { readonly message: string }>): string => {
  assert(Either.isLeft(either))
  return either.left.message
}

const volume = { name: "data", size: 20, dataCenterId: "EU-RO-1" }

describe("a network volume", () => {
  it("grows, and never shrinks", () => {
    const { volumes } = Control.memory()
    const made = right(volumes.create(volume))
    expect(made).toMatchObject({ ...volume, type: "STANDARD" })
    expect(right(volumes.save({ ...made, size: 30, name: "more" }))).toMatchObject({ size: 30, name: "more" })
    expect(reasonOf(volumes.save({ ...made, size: 29 }))).toContain("cannot shrink")
    expect(reasonOf(volumes.save({ ...made, size: 5000 }))).toContain("4096")
    expect(volumes.list()).toHaveLength(1)
  })

  it("is in a data center that there is and that has its kind", () => {
    const { volumes } = Control.memory()
    expect(reasonOf(volumes.create({ ...volume, dataCenterId: "XX-1" }))).toContain("no data center XX-1")
    expect(reasonOf(volumes.create({ ...volume, dataCenterId: "AP-JP-1", type: "HIGH_PERFORMANCE" })))
      .toContain("no HIGH_PERFORMANCE")
    expect(reasonOf(volumes.create({ ...volume, size: 0 }))).toContain("size must be")
  })

  it("stays as long as an endpoint has it", () => {
    const { endpoints, volumes } = Control.memory()
    const { id } = right(volumes.create(volume))
    const { endpoint } = right(endpoints.create(draft({ networkVolumes: [id] }), template()))
    expect(reasonOf(volumes.remove(id))).toContain(`in use by endpoint ${endpoint.id}`)
    right(endpoints.remove(endpoint.id))
    right(volumes.remove(id))
    expect(reasonOf(volumes.remove(id))).toBe(`network volume ${id} not found`)
  })
})

describe("a registry's credential", () => {
  it("has a name of its own, and leaves the templates that have it", () => {
    const { registries, templates } = Control.memory()
    const registry = right(registries.create("hub", "me"))
    expect(registry.id).toMatch(/^c[a-z0-9]{24}$/)
    expect(reasonOf(registries.create("hub", "you"))).toContain(`"hub"`)
    const made = right(templates.create(template({ registry: registry.id })))
    right(registries.remove(registry.id))
    expect(right(templates.find(made.id)).registry).toBeNull()
  })
})

describe("a secret", () => {
  it("takes the place of its name in an environment, and shows itself nowhere else", () => {
    const { secrets } = Control.memory()
    right(secrets.create({ name: "hf", value: Redacted.make("t$&oken"), description: "" }))
    expect(reasonOf(secrets.create({ name: "hf", value: Redacted.make("x"), description: "" }))).toContain(`"hf"`)
    expect(secrets.reveal({
      A: "{{ RUNPOD_SECRET_hf }}",
      B: "x-{{RUNPOD_SECRET_hf}}-{{ RUNPOD_SECRET_hf }}",
      C: "{{ RUNPOD_SECRET_other }}",
      D: "plain"
    })).toEqual({ A: "t$&oken", B: "x-t$&oken-t$&oken", C: "{{ RUNPOD_SECRET_other }}", D: "plain" })
    expect(JSON.stringify(secrets.list())).not.toContain("oken")
  })
})

describe("a template", () => {
  it("has a name of its own", () => {
    const { templates } = Control.memory()
    const made = right(templates.create(template()))
    expect(reasonOf(templates.create(template()))).toContain("Template name must be unique")
    right(templates.save({ ...made, image: "other" }))
    const second = right(templates.create(template({ name: "second" })))
    expect(reasonOf(templates.save({ ...second, name: made.name }))).toContain("unique")
    expect(reasonOf(templates.save({ ...second, id: "nope" }))).toContain("template nope not found")
  })
})
