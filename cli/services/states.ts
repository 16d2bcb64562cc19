/** The places that this folder has records of. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import type { Place } from "../../src/provision/ResourceState.ts"
import { CliError } from "../CliError.ts"

const folder = Path.join(".flash", "state")

export const states: Effect.Effect<ReadonlyArray<Place>, CliError> = Effect.tryPromise({
  try: async () => {
    const files = await Fs.readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return []
      throw error
    })
    return files.filter((file) => file.endsWith(".json")).map((file): Place => ({
      app: decodeURIComponent(Path.dirname(file)),
      env: decodeURIComponent(Path.basename(file, ".json"))
    }))
  },
  catch: (cause) =>
    new CliError({
      message: `${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause
    })
})
