import { describe, expect, it } from "@effect/vitest"
import * as Affinity from "../../runtime/worker/Affinity.ts"

const request = { protocol_version: 1, function_name: "Model.predict", execution_type: "class", class_name: "Model" }

describe("jobs that have to share a thread", () => {
  it("are those of one instance, whatever their methods and code", () => {
    const one = Affinity.of({ ...request, instance_id: "a", method_name: "predict", code_hash: "1" })
    expect(one).toBeDefined()
    expect(Affinity.of({ ...request, instance_id: "a", method_name: "reset", code_hash: "2" })).toBe(one)
    expect(Affinity.of({ ...request, instance_id: "b" })).not.toBe(one)
    expect(Affinity.of({ ...request, class_name: "Other", instance_id: "a" })).not.toBe(one)
  })

  it("are no others", () => {
    const inputs = [request, { ...request, execution_type: "function", instance_id: "a" }, { text: "a" }, null, "a", []]
    for (const input of inputs) expect(Affinity.of(input)).toBeUndefined()
  })
})
