/** Finds what a path is for. */
import * as Route from "../../src/protocol/Route.ts"
import type { Operation, QueueOperation, RouteOperation } from "./Operation.ts"

/** What can be done with a function of a queue: `run_sync` and `runsync` are the same. */
export const actions = {
  run_sync: { method: "POST", hasJob: false },
  runsync: { method: "POST", hasJob: false },
  run: { method: "POST", hasJob: false },
  status: { method: "GET", hasJob: true },
  cancel: { method: "POST", hasJob: true },
  stream: { method: "GET", hasJob: true }
} as const

export type Action = keyof typeof actions

export type Match =
  | { readonly _tag: "Route"; readonly operation: RouteOperation }
  | {
    readonly _tag: "Queue"
    readonly operation: QueueOperation
    readonly action: Action
    /** Id; empty where the action has none. */
    readonly job: string
  }
  | { readonly _tag: "NoMethod"; readonly allow: ReadonlyArray<string> }
  | { readonly _tag: "NoPath" }

const isAction = (name: string): name is Action => Object.hasOwn(actions, name)

/** Texts before placeholders: what names a path exactly goes before what takes any. */
export const find = (operations: ReadonlyArray<Operation>, method: string, path: ReadonlyArray<string>): Match => {
  const allow = new Set<string>()
  const routes = operations.filter((one) => one._tag === "Route" && matches(one, path)) as ReadonlyArray<RouteOperation>
  const sorted = routes.toSorted((a, b) => weight(b).localeCompare(weight(a)))
  for (const operation of sorted) {
    if (operation.method === method || (operation.method === "GET" && method === "HEAD")) {
      return { _tag: "Route", operation }
    }
    allow.add(operation.method)
  }
  const job = path.at(-1) ?? ""
  for (const [name, id, of] of [[job, "", path.slice(0, -1)], [path.at(-2) ?? "", job, path.slice(0, -2)]] as const) {
    if (!isAction(name) || actions[name].hasJob !== (id !== "")) continue
    const below = `/${of.join("/")}`
    const operation = operations.find((one): one is QueueOperation =>
      one._tag === "Queue" && (one.path === below || one.alias === below)
    )
    if (operation === undefined) continue
    if (actions[name].method === method) return { _tag: "Queue", operation, action: name, job: id }
    allow.add(actions[name].method)
  }
  return allow.size === 0 ? { _tag: "NoPath" } : { _tag: "NoMethod", allow: [...allow] }
}

const matches = ({ path }: RouteOperation, parts: ReadonlyArray<string>): boolean => {
  const segments = Route.segmentsOf(path)
  return segments.length === parts.length &&
    segments.every((segment, index) => segment._tag === "Text" ? segment.text === parts[index] : parts[index] !== "")
}

const weight = ({ path }: RouteOperation): string =>
  Route.segmentsOf(path).map(({ _tag }) => _tag === "Text" ? "1" : "0").join("")
