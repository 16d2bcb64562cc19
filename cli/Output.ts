/**
 * What the user sees: data on stdout, everything else on stderr, and control characters only where a terminal shows
 * them.
 */
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Terminal from "@effect/platform/Terminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { stripVTControlCharacters } from "node:util"
import { hasColors } from "./colors.ts"

/** Whether there is somebody to ask. Questions are shown on stderr, since stdout may be read by a program. */
export const isInteractive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

const strip = (value: unknown): unknown => typeof value === "string" ? stripVTControlCharacters(value) : value

/** @effect/cli colours its help in every case; this takes the colours off again where they would be noise. */
export const layerConsole: Layer.Layer<never> = Layer.unwrapEffect(
  Effect.consoleWith((console) =>
    Effect.succeed(Console.setConsole({
      ...console,
      log: (...args) => console.log(...(hasColors(process.stdout) ? args : args.map(strip))),
      error: (...args) => console.error(...(hasColors(process.stderr) ? args : args.map(strip)))
    }))
  )
)

/** Logs go to stderr, so that what a command prints can be piped. */
export const layerLogger: Layer.Layer<never> = Layer.unwrapEffect(
  Effect.sync(() =>
    Logger.replace(Logger.defaultLogger, Logger.prettyLogger({ stderr: true, colors: hasColors(process.stderr) }))
  )
)

const escape = "\u001b"

/** Codes that colour a text, and no others: those that move the cursor are what a prompt works with. */
const colorCode = new RegExp(`${escape}\\[[\\d;]*m`, "g")

const columns = Effect.sync(() => process.stderr.columns || 80)

/** Prompts are shown on stderr, without colours where none are wanted. */
export const layerTerminal: Layer.Layer<Terminal.Terminal> = Layer.effect(
  Terminal.Terminal,
  Effect.map(Terminal.Terminal, (terminal) =>
    Terminal.Terminal.of({
      ...terminal,
      columns,
      rows: Effect.sync(() => process.stderr.rows || 24),
      isTTY: Effect.sync(() => process.stderr.isTTY === true),
      display: (text) =>
        Effect.uninterruptible(Effect.async<void>((resume) => {
          const shown = hasColors(process.stderr) ? text : text.replaceAll(colorCode, "")
          process.stderr.write(shown, () => resume(Effect.void))
        }))
    }))
).pipe(Layer.provide(NodeTerminal.layer))
