/**
 * A question that is answered with a key: `y` is yes, `n` and the enter key are no, and no other key is an answer. (The
 * one of @effect/cli takes a `t`, for "true", for a yes.)
 */
import * as Prompt from "@effect/cli/Prompt"
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
import type { Style } from "../colors.ts"
import { styledOn } from "../colors.ts"

const hideCursor = "\u001b[?25l"
const eraseLine = "\r\u001b[2K"
const lineAbove = "\u001b[1A"

const styled = (style: Style, text: string): string => styledOn(process.stderr, style, text)

const question = (message: string): string =>
  `${styled("cyan", "?")} ${styled("bold", message)} ${styled("dim", "(y/N)")} `

const answered = (message: string, value: boolean): string =>
  `${value ? styled("green", "✔") : styled("yellow", "✖")} ${styled("bold", message)} ${value ? "yes" : "no"}\n`

type Action = Prompt.Prompt.Action<undefined, boolean>

const actionOf = ({ input, key }: Terminal.UserInput): Action => {
  const letter = input._tag === "Some" ? input.value.toLowerCase() : ""
  if (letter === "y") return { _tag: "Submit", value: true }
  return letter === "n" || key.name === "enter" || key.name === "return"
    ? { _tag: "Submit", value: false }
    : { _tag: "Beep" }
}

export const yesNo = (message: string): Prompt.Prompt<boolean> =>
  Prompt.custom<undefined, boolean>(undefined, {
    render: (_, action) => {
      switch (action._tag) {
        case "Beep":
          return Effect.succeed("\u0007")
        case "NextFrame":
          return Effect.succeed(hideCursor + question(message))
        case "Submit":
          return Effect.succeed(answered(message, action.value))
      }
    },
    process: (input) => Effect.succeed(actionOf(input)),
    // it may be longer than the terminal is wide
    clear: () =>
      Effect.map(Effect.flatMap(Terminal.Terminal, ({ columns }) => columns), (columns) => {
        const rows = Math.ceil(stripVTControlCharacters(question(message)).length / columns)
        return eraseLine + `${lineAbove}${eraseLine}`.repeat(Math.max(0, rows - 1))
      })
  })
