/** `flash dev`: the dev server, as `flash run` without a file. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { untilSignal } from "../untilSignal.ts"

/** As of the option, 0 is a free one. A variable that is empty is none: an empty host would be every address. */
const portVariable = Config.nonEmptyString("FLASH_PORT").pipe(
  Config.mapOrFail((text) =>
    /^\d{1,5}$/.test(text) && Number(text) <= 65_535
      ? Either.right(Number(text))
      : Either.left(ConfigError.InvalidData([], `a port is a whole number from 0 to 65535, not "${text}"`))
  )
)

const host = Options.text("host").pipe(
  Options.withPseudoName("HOST"),
  Options.withDescription("Where the dev server listens"),
  Options.withFallbackConfig(Config.nonEmptyString("FLASH_HOST")),
  Options.withDefault("localhost")
)
const port = Options.integer("port").pipe(
  Options.withAlias("p"),
  Options.withPseudoName("PORT"),
  Options.withDescription("Its port, or where that is in use the next one that is free"),
  Options.withFallbackConfig(portVariable),
  Options.withDefault(8888)
)
const reload = Options.boolean("reload").pipe(
  Options.withDescription("Serve what is saved at once, as it does unasked")
)
const noReload = Options.boolean("no-reload").pipe(Options.withDescription("Serve the project as it is at the start"))
const autoProvision = Options.boolean("auto-provision").pipe(
  Options.withDescription("Make all endpoints at the start, not each at its first call")
)
const live = Options.boolean("live").pipe(
  Options.withDescription("Run calls on RunPod, which costs money. What is made there is removed at the end")
)
const json = Options.boolean("json").pipe(Options.withDescription("Print a line of JSON for each event, for scripts"))

/** What the dev server takes. */
export const devOptions = { host, port, reload, noReload, autoProvision, live, json }

const folder = Args.text({ name: "folder" }).pipe(
  Args.withDescription("The project. Default: the working directory"),
  Args.optional
)

/** Serves a project until a signal comes. */
export const serve = (
  input: Command.Command.ParseConfig<typeof devOptions> & { readonly folder: Option.Option<string> }
) =>
  untilSignal((stopped) =>
    Effect.scoped(Effect.gen(function*() {
      // what a server loads would slow every other command
      const [{ run }, { jsonLines, lines }, { Reporter }, Screen] = yield* Effect.promise(() =>
        Promise.all([
          import("../dev/DevServer.ts"),
          import("../dev/Console.ts"),
          import("../dev/Event.ts"),
          import("../dev/Screen.ts")
        ])
      )
      const isScreen = process.stdout.isTTY && process.env.TERM !== "dumb"
      const tell = input.json ? jsonLines : isScreen ? yield* Screen.make : lines
      yield* run({
        folder: Option.getOrElse(input.folder, () => process.cwd()),
        host: input.host,
        port: input.port,
        reload: !input.noReload,
        live: input.live,
        autoProvision: input.autoProvision,
        stopped
      }).pipe(Effect.provideService(Reporter, { tell }))
    }))
  )

export const dev = Command.make("dev", { ...devOptions, folder }, serve).pipe(
  Command.withDescription("Serve the project's functions over HTTP, and what is saved of them at once")
)
