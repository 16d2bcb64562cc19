import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError, ExitCode } from "../CliError.ts"
import { page } from "../errors/page.ts"
import * as Registry from "../errors/Registry.ts"
import { similar } from "../surface/similar.ts"
import { answer, json } from "../ui/Answer.ts"
import { bold, table } from "../ui/Text.ts"

const code = Args.text({ name: "code" }).pipe(
  Args.withDescription("A code as FLASH-E101, or the name of an error; all of them where it is left out"),
  Args.optional
)

/** `flash explain`: what an error means and what to do about it. */
export const explain = Command.make("explain", { code, json }, (options) =>
  Effect.suspend(() => {
    if (Option.isNone(options.code)) {
      const entries = Registry.entries()
      return answer(options, entries, () =>
        table(["Code", "Error", "What happened"], entries.map(({ code, tag, title }) => [bold(code), tag, title])))
    }
    const entry = Registry.find(options.code.value)
    const guess = similar(options.code.value, Registry.entries().flatMap(({ code, tag }) => [code, tag]))
    return entry === undefined
      ? new CliError({
        message: `there is no error ${options.code.value}`,
        hint: guess === undefined
          ? "`flash explain` lists them"
          : `did you mean \`flash explain ${guess}\`? \`flash explain\` lists them`,
        exitCode: ExitCode.notFound
      })
      : answer(options, entry, () =>
        page(entry).trimEnd())
  })).pipe(Command.withDescription("Say what an error means and what to do about it"))
