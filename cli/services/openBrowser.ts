import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"

const openers: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  linux: ["xdg-open"]
}

/** Shows an address in the user's browser, where there is one; its address was printed in any case. */
export const openBrowser = (url: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    const [command, ...args] = openers[process.platform] ?? ["xdg-open"]
    const child = spawn(command, [...args, url], { stdio: "ignore", detached: true })
    child.once("error", () => resume(Effect.void))
    child.once("spawn", () => {
      child.unref()
      resume(Effect.void)
    })
  })
