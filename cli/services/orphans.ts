/** Processes that a platform on this machine started and left behind when it was killed. */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"

export interface Orphan {
  readonly pid: number
  readonly command: string
}

/** `undefined` where this machine cannot be asked. */
const list: Effect.Effect<string | undefined> = Effect.async((resume) => {
  execFile("ps", ["-A", "-o", "pid=,ppid=,args="], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
    resume(Effect.succeed(error === null ? stdout : undefined))
  })
})

const isWorker = (command: string): boolean => /\bworker[/\\]main\.mjs\b/.test(command)

/** The platform that starts workers is a program of Node's, and takes them with it when it ends. */
const isProgram = (command: string | undefined): boolean =>
  command !== undefined && /(^|[/\\])(node|tsx|bun|deno)(\.exe)?(\s|$)/.test(command.split(" ", 1)[0] ?? "")

export const parse = (text: string): ReadonlyArray<Orphan> => {
  const all = text.split("\n").flatMap((line) => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || parent === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
  const commands = new Map(all.map(({ command, pid }) => [pid, command]))
  return all
    .filter(({ command, parent }) => isProgram(command) && isWorker(command) && !isProgram(commands.get(parent)))
    .map(({ command, pid }) => ({ pid, command }))
}

export const orphans: Effect.Effect<ReadonlyArray<Orphan> | undefined> = Effect.map(
  list,
  (text) => text === undefined ? undefined : parse(text)
)
