/** Gives Node the modules of a project as the build has compiled them, at the places where they are. */
import type { InitializeHook, LoadHook, ResolveHook } from "node:module"
import type { Task } from "./Report.ts"

// of the thread that Node runs hooks in, which begins and ends with the process
let task: Pick<Task, "code" | "resolutions"> = { code: {}, resolutions: {} }

export const initialize: InitializeHook<typeof task> = (given) => {
  task = given
}

export const resolve: ResolveHook = (specifier, context, next) => {
  const url = task.resolutions[context.parentURL ?? ""]?.[specifier]
  return url === undefined
    ? next(specifier, context)
    : { url, format: "module", importAttributes: {}, shortCircuit: true }
}

export const load: LoadHook = (url, context, next) => {
  const source = task.code[url]
  return source === undefined ? next(url, context) : { format: "module", source, shortCircuit: true }
}
