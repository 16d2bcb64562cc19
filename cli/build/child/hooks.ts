/** Gives Node the modules of a project as the build has compiled them, at the places where they are. */
import type { InitializeHook, LoadHook, ResolveHook } from "node:module"
import type { MessagePort } from "node:worker_threads"
import type { Task } from "./Report.ts"

// of the thread that Node runs hooks in, which begins and ends with the process
let task: Pick<Task, "code" | "resolutions"> = { code: {}, resolutions: {} }

/** The task comes when there is one; that it is here is said on the same way. */
export const initialize: InitializeHook<{ readonly port: MessagePort }> = ({ port }) => {
  port.once("message", (given: typeof task) => {
    task = given
    port.postMessage(undefined)
    port.close()
  })
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
