/** What of a project is served, and at which paths: by the files that functions are in, as runpod-flash has it. */
import { existingId, isLive, isLoadBalancer } from "../../src/resources/Derived.ts"
import type { ProjectFunction, ProjectResource } from "../build/Project.ts"

interface Served {
  readonly function: ProjectFunction
  readonly resource: ProjectResource
  /** `longruns/stage1.ts`; functions of one folder are shown together. */
  readonly file: string
}

/** A function of a queue: jobs are sent to it, `run_sync` and the others below its path. */
export interface QueueOperation extends Served {
  readonly _tag: "Queue"
  /** `/longruns/stage1`, or `/longruns/stage1/resize` where the file has more than one. */
  readonly path: string
  /** The same function by its name, where the path does without. */
  readonly alias: string
}

/** A function of a load balancer: its route, below the path of its file. */
export interface RouteOperation extends Served {
  readonly _tag: "Route"
  readonly method: string
  /** `/api/users/{id}` */
  readonly path: string
  /** `/api` */
  readonly prefix: string
}

export type Operation = QueueOperation | RouteOperation

export interface Operations {
  /** In the order of their paths. */
  readonly all: ReadonlyArray<Operation>
  /** Those of resources with an image of their own: at which paths they would be. */
  readonly elsewhere: ReadonlyArray<Operation>
  /** What is not served, and why. */
  readonly notes: ReadonlyArray<string>
}

/** Path of a file without what is behind its last dot; one above the project's folder is served as if it were in it. */
const prefixOf = (file: string): string => `/${file.replace(/^(\.\.\/)+/, "").replace(/\.[^./]+$/, "")}`

/** Such an image has its program, which is not on this machine. */
const hasOwnImage = ({ config }: ProjectResource): boolean => !isLive(config) || existingId(config) !== undefined

export const make = (resources: ReadonlyArray<ProjectResource>): Operations => {
  const withFunctions = resources.filter(({ functions }) => functions.length > 0)
  const elsewhere = withFunctions.filter(hasOwnImage)
  return {
    all: operationsOf(withFunctions.filter((resource) => !hasOwnImage(resource))),
    elsewhere: operationsOf(elsewhere),
    notes: elsewhere.map(({ config, functions, name }) =>
      `"${name}" is a ${config._tag}, whose own image serves it: ${functions.map(({ name }) => name).join(", ")} ` +
      "can be called where it is deployed, not here"
    )
  }
}

const operationsOf = (resources: ReadonlyArray<ProjectResource>): ReadonlyArray<Operation> => {
  const queues: Array<Served> = []
  const routes: Array<RouteOperation> = []
  for (const resource of resources) {
    for (const one of resource.functions) {
      const served = { function: one, resource, file: one.file }
      if (!isLoadBalancer(resource.config)) queues.push(served)
      else if (one.route !== undefined) {
        const prefix = prefixOf(one.file)
        const path = `${prefix}${one.route.path}`
        routes.push({ ...served, _tag: "Route", method: one.route.method, path, prefix })
      }
    }
  }
  return [...queuePaths(queues), ...routes].sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
}

/** A method goes by its own name, as in runpod-flash, unless another function of the file has that name. */
const queuePaths = (served: ReadonlyArray<Served>): ReadonlyArray<QueueOperation> => {
  const byFile = new Map<string, Array<Served>>()
  for (const one of served) byFile.set(one.file, [...byFile.get(one.file) ?? [], one])
  return [...byFile].flatMap(([file, all]) => {
    const prefix = prefixOf(file)
    const names = all.map(({ function: { class: of, name } }) =>
      of === undefined ? name : name.slice(of.name.length + 1)
    )
    return all.map((one, index): QueueOperation => {
      const name = names[index] ?? ""
      const alias = `${prefix}/${names.indexOf(name) === names.lastIndexOf(name) ? name : one.function.name}`
      return { ...one, _tag: "Queue", path: all.length === 1 ? prefix : alias, alias }
    })
  })
}
