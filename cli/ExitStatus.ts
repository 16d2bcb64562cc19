import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** Lets a command choose the exit code of the process: `flash run` ends with the code of the program it ran. */
export class ExitStatus extends Context.Tag("effect-flash/cli/ExitStatus")<ExitStatus, {
  readonly set: (code: number) => Effect.Effect<void>
}>() {}
