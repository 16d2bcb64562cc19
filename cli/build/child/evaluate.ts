/**
 * The process that a build evaluates a project's modules in: it loads them one after the other and tells its parent what
 * they export. Its first message is a `Task`; it may be long until that comes. Arguments are packages to load before.
 */
import { register } from "node:module"
import { MessageChannel } from "node:worker_threads"
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
// nobody is there to send a task, or to read the answer
process.once("disconnect", exit)
if (!process.connected) exit()
const received = new Promise<Task>((resolve) => {
  process.once("message", (message: Task) => resolve(message))
})
// while nobody waits for it; a checkout's sources are not for Node to load as they are
await Promise.allSettled(process.argv.slice(2).map((name) => import(name)))
// the thread that hooks run in takes its time to start, too
const { port1, port2 } = new MessageChannel()
register("./hooks.mjs", import.meta.url, { data: { port: port2 }, transferList: [port2] })
const task = await received
try {
  process.chdir(task.root)
} catch {
  // the folder is gone, and its modules do not load either
}
// a channel that is listened to keeps a process alive that waits for nothing
process.off("disconnect", exit)
// the modules run as in a process that has no parent
delete process.send
process.argv.splice(1)
await new Promise<void>((resolve) => {
  port1.once("message", () => resolve())
  port1.postMessage({ code: task.code, resolutions: task.resolutions })
})
port1.close()

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
