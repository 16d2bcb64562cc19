/** Runs the built command in a terminal of its own, as a person sees it. Python has pseudo-terminals, Node has not. */
import type { Effect, Scope } from "effect"
import { spawnSync } from "node:child_process"
import { projectRoot } from "../../scripts/build.mjs"
import { command, type Flash, startProgram } from "./flash.ts"

/** Passes on what the terminal shows and what is typed, and ends with the program's exit code, as a shell would. */
const relay = `
import fcntl, os, pty, select, struct, sys, termios
columns = int(sys.argv[1])
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
sources = [0, master]
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(master, typed)
        else:
            sources.remove(0)
    if master in ready:
        try:
            shown = os.read(master, 4096)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
_, status = os.waitpid(pid, 0)
kept = termios.ECHO | termios.ICANON
if termios.tcgetattr(master)[3] & kept != kept:
    os.write(2, b"the terminal is left raw")
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`

/** Why there is none on this machine; absent where there is one. */
export const missing: string | undefined = process.platform === "win32"
  ? "Windows has no pseudo-terminals of this kind"
  : spawnSync("python3", ["-c", "import pty, fcntl, termios"]).status === 0
  ? undefined
  : "python3 is not installed, which has them"

/**
 * Both streams of the command are what the terminal shows: its `stdout` here. Its `stderr` says where the terminal is
 * left in a mode that a shell cannot be used in.
 */
export const start = (
  args: ReadonlyArray<string>,
  env: Record<string, string> = {},
  { columns = 100, cwd = projectRoot }: { readonly columns?: number; readonly cwd?: string } = {}
): Effect.Effect<Flash, never, Scope.Scope> =>
  startProgram(["python3", "-c", relay, String(columns), ...command, ...args], { TERM: "xterm", ...env }, cwd)
