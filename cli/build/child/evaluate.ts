/**
 * The process that a build evaluates a project's modules in: it loads them one after the other and tells its parent what
 * they export. The argument is the path of a `Task`.
 */
import { readFileSync } from "node:fs"
import { register } from "node:module"
import { contain } from "./contain.ts"
import { look } from "./look.ts"
import type { Message, Report, Task } from "./Report.ts"

const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    // a parent that is gone needs no answer
    if (parent === undefined) resolve()
    else parent(message, undefined, {}, () => resolve())
  })

const reasonOf = (error: unknown): string => error instanceof Error ? error.stack ?? error.message : String(error)

const parent = process.send?.bind(process)
const { exit } = contain()
// the modules run as in a process that has no parent
delete process.send
const task: Task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))
process.argv.splice(1)
register("./hooks.mjs", import.meta.url, { data: { code: task.code, resolutions: task.resolutions } })

const modules = new Map<string, Readonly<Record<string, unknown>>>()
const failures: Array<Report["failures"][number]> = []
for (const module of task.modules) {
  await send({ _tag: "Loading", module })
  try {
    modules.set(module, await import(module))
  } catch (error) {
    failures.push({ module, reason: reasonOf(error) })
  }
}
await send({ _tag: "Done", report: { ...look(modules), failures } })
exit()
