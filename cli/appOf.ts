import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { CliError } from "./CliError.ts"

const nameIn = (text: string): unknown => {
  const content: unknown = JSON.parse(text)
  return typeof content === "object" && content !== null && "name" in content ? content.name : undefined
}

/** The app of a project: the name in package.json without its scope, which moves with the project, or the folder's. */
export const appOf = (root: string): Effect.Effect<string, CliError> => {
  const file = join(root, "package.json")
  return Effect.try({
    try: () => {
      const name = existsSync(file) ? nameIn(readFileSync(file, "utf8")) : undefined
      return typeof name === "string" && name !== "" ? name.replace(/^@[^/]*\//, "") : basename(root)
    },
    catch: (cause) =>
      new CliError({
        message: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "correct it, or name the app with --app",
        cause
      })
  })
}
