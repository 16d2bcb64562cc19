import { assert, describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import * as Control from "../../../runtime/platform/control/Control.ts"
import { draft, template } from "./drafts.ts"

const right = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)

const reasonOf = <A>(either: Either.Either<A, { readonly message: string }>): string => {
  assert(Either.isLeft(either))
  return either.left.message
}

const make = () => {
  const control = Control.memory()
  const app = right(control.flash.createApp("shop"))
  const environment = right(control.flash.createEnvironment(app.id, "production"))
  const build = (objectKey: string) => right(control.flash.createBuild({ appId: app.id, objectKey, manifest: {} }))
  return { app, build, control, environment, flash: control.flash }
}

describe("a flash app", () => {
  it("is found by its name, and missing in words that clients look for", () => {
    const { app, flash } = make()
    expect(right(flash.appByName("shop"))).toEqual(app)
    for (const missing of [flash.appByName("Shop"), flash.app("x"), flash.createEnvironment("x", "y")]) {
      expect(reasonOf(missing).toLowerCase()).toContain("app not found")
    }
    expect(reasonOf(flash.createApp("shop"))).toContain(`"shop" already`)
    expect(reasonOf(flash.createApp(" "))).toContain("must not be empty")
    expect(reasonOf(flash.createEnvironment(app.id, "production"))).toContain("already")
  })

  it("goes with its environments and builds, and leaves its endpoints", () => {
    const { app, build, control, environment, flash } = make()
    const made = build("a")
    const { endpoint } = right(control.endpoints.create(draft({ flashEnvironmentId: environment.id }), template()))
    expect(right(flash.removeApp(app.id))).toEqual([made])
    expect(flash.environment(environment.id)).toBeUndefined()
    expect(flash.build(made.id)).toBeUndefined()
    expect(right(control.endpoints.find(endpoint.id)).endpoint.flashEnvironmentId).toBeNull()
  })
})

describe("a deployment of a build", () => {
  it("makes it the environment's, and replaces the workers of its endpoints", () => {
    const { build, control, environment, flash } = make()
    expect(environment).toMatchObject({ state: "PENDING", activeBuildId: null })
    const { endpoint } = right(control.endpoints.create(draft({ flashEnvironmentId: environment.id }), template()))
    const [first, second] = [build("a"), build("b")]
    expect(right(flash.deploy(environment.id, first.id))).toMatchObject({ activeBuildId: first.id, state: "HEALTHY" })
    right(flash.deploy(environment.id, second.id))
    // what is there already changes nothing
    right(flash.deploy(environment.id, second.id))
    const after = right(control.endpoints.find(endpoint.id)).endpoint
    expect(after.version).toBe(3)
    expect(control.endpoints.releases(endpoint.id)[0]?.diff).toEqual([
      { field: "activeBuildid", old: first.id, new: second.id }
    ])
    expect(flash.buildOf(after)).toEqual(second)
    expect(flash.buildOf({ ...after, flashEnvironmentId: null })).toBeUndefined()
  })

  it("is refused for what is not there and for another app's", () => {
    const { build, environment, flash } = make()
    const other = right(flash.createApp("other"))
    const foreign = right(flash.createBuild({ appId: other.id, objectKey: "x", manifest: null }))
    expect(reasonOf(flash.deploy(environment.id, foreign.id))).toContain("of another app")
    expect(reasonOf(flash.deploy("nope", build("a").id))).toContain("flash environment nope not found")
    expect(reasonOf(flash.deploy(environment.id, "nope"))).toContain("flash build nope not found")
  })
})

describe("an endpoint of an environment", () => {
  it("is found by the three names", () => {
    const { control, environment, flash } = make()
    const more = { flashEnvironmentId: environment.id }
    const plain = right(control.endpoints.create(draft({ ...more, name: "sum" }), template())).endpoint
    const marked = right(control.endpoints.create(draft({ ...more, name: "mul-fb" }), template())).endpoint
    right(control.endpoints.create(draft({ name: "loose" }), template()))
    expect(flash.resolve("shop", "production", "sum")).toEqual(plain)
    expect(flash.resolve("shop", "production", "mul")).toEqual(marked)
    for (const names of [["shop", "production", "loose"], ["shop", "staging", "sum"], ["x", "production", "sum"]]) {
      expect(flash.resolve(names[0] ?? "", names[1] ?? "", names[2] ?? "")).toBeUndefined()
    }
  })
})
