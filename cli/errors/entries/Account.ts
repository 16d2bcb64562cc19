/** Errors 1xx: the account and its key. */
import { ExitCode } from "../../CliError.ts"
import type { Entry } from "../Entry.ts"

const { auth } = ExitCode

export const entries = {
  ApiKeyMissing: {
    code: "FLASH-E101",
    title: "There is no API key",
    why:
      "A request to RunPod needs the account's key. It is looked for in the variable RUNPOD_API_KEY, in .env of the " +
      "working directory, and in ~/.runpod/config.toml.",
    fix: [
      "Run `flash login`, or set RUNPOD_API_KEY to a key from https://console.runpod.io/user/settings.",
      "Without an account, run the program on the embedded platform: FLASH_TARGET=local."
    ],
    exitCode: auth
  },
  Unauthorized: {
    code: "FLASH-E102",
    title: "RunPod does not take the API key",
    why:
      "The key was revoked, has expired, or is of another account or platform. The message says where it came from; a " +
      "key in the environment or in .env goes before the one that `flash login` keeps.",
    fix: ["Run `flash whoami` to see which key counts.", "Correct or remove that one, or run `flash login` again."],
    exitCode: auth
  },
  Forbidden: {
    code: "FLASH-E103",
    title: "The API key may not do this",
    why: "The key is good, but its permissions are too narrow.",
    fix: ["Use a key with read and write access, or widen this one at https://console.runpod.io/user/settings."],
    exitCode: auth
  },
  CredentialsNotSaved: {
    code: "FLASH-E104",
    title: "The API key could not be kept",
    why: "~/.runpod/config.toml cannot be read, written or understood. It was left as it is.",
    fix: ["Do what the message says about the file, then run the command again."]
  }
} as const satisfies Record<string, Entry>
