/**
 * Where log lines of a program go: to its terminal for people, to its output as JSON for other programs, and into a file
 * where that is asked for. Secrets go to none of them.
 *
 * | variable                     | default       | meaning                                                              |
 * | ---------------------------- | ------------- | -------------------------------------------------------------------- |
 * | `LOG_LEVEL`                  | `INFO`        | the least level that is shown; a word that is none is `INFO`         |
 * | `FLASH_FILE_LOGGING_ENABLED` | `false`       | whether lines are written to `activity.log` too                      |
 * | `FLASH_LOG_DIR`              | `.flash/logs` | its folder                                                           |
 * | `FLASH_LOG_RETENTION_DAYS`   | `30`          | how many days before today are kept                                  |
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Variables from "../reliability/Variables.ts"
import * as LogFile from "./LogFile.ts"
import * as Redaction from "./Redaction.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `pretty`, for people, or one JSON object a line. Default: pretty on a terminal. */
  readonly format?: "pretty" | "json"
  /** Default: what the program itself has set. */
  readonly level?: LogLevel.LogLevel
  /** Default: no file. */
  readonly file?: LogFile.Options
  /** Secrets that are known. */
  readonly known?: ReadonlyArray<Redacted.Redacted>
}

/**
 * Takes the place of the default logger. A file that cannot be written is a warning, not an error.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options = {}): Layer.Layer<never> =>
  Layer.unwrapScoped(Effect.gen(function*() {
    const redaction = Redaction.make(options.known === undefined ? {} : { known: options.known })
    const toConsole = consoleLogger(options.format ?? (process.stdout.isTTY === true ? "pretty" : "json"))
    const file = yield* Effect.either(openFile(options.file))
    const logger = Either.isRight(file) && file.right !== undefined
      ? Logger.zip(toConsole, fileLogger(file.right))
      : toConsole
    // not merged: what runs beside another layer is not put back when both are closed
    const loggers = Layer.provideMerge(
      Logger.replace(Logger.defaultLogger, redaction.logger(logger)),
      options.level === undefined ? Layer.empty : Logger.minimumLogLevel(options.level)
    )
    return Either.isLeft(file)
      ? warning(`Could not set up file logging: ${file.left.message}`, loggers)
      : loggers
  }))

const openFile = (
  options: LogFile.Options | undefined
): Effect.Effect<LogFile.LogFile | undefined, LogFile.LogFileUnavailable, Scope.Scope> =>
  options === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(Clock.currentTimeMillis, (now) => LogFile.open(options, new Date(now)))

/** Says something by the loggers of a layer as soon as they are there. */
const warning = (message: string, loggers: Layer.Layer<never>): Layer.Layer<never> =>
  Layer.provideMerge(Layer.effectDiscard(Effect.logWarning(message)), loggers)

/**
 * As the environment says. The account's key and the worker's, where there is one, are known secrets. Fails with a
 * `ConfigError` where a variable means nothing.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, ConfigError> = Layer.unwrapEffect(Effect.gen(function*() {
  const env = yield* variables
  const level = Option.flatMap(env.level, levelOf)
  const file = env.isFile ? { file: { directory: env.directory, retentionDays: env.retentionDays } } : {}
  const logging = layerWith({
    ...file,
    ...(Option.isSome(level) ? { level: level.value } : {}),
    known: [env.apiKey, env.workerKey].flatMap(Option.toArray)
  })
  return Option.isNone(env.level) || Option.isSome(level) ? logging : warning(
    `LOG_LEVEL is ${JSON.stringify(env.level.value)}: taken for INFO; the levels are ${[...levels.keys()].join(", ")}`,
    logging
  )
}))

const variables = Config.all({
  level: Config.option(Config.string("LOG_LEVEL")),
  isFile: Variables.flag("FLASH_FILE_LOGGING_ENABLED", false),
  directory: Config.string("FLASH_LOG_DIR").pipe(
    Config.validate({ message: "Expected a folder", validation: (path) => path !== "" }),
    Config.withDefault(".flash/logs")
  ),
  retentionDays: Variables.count("FLASH_LOG_RETENTION_DAYS", 30),
  apiKey: Config.option(Config.redacted("RUNPOD_API_KEY")),
  workerKey: Config.option(Config.redacted("RUNPOD_AI_API_KEY"))
})

/** By Effect's names and by Python's. */
const levels: ReadonlyMap<string, LogLevel.LogLevel> = new Map([
  ["ALL", LogLevel.All],
  ["TRACE", LogLevel.Trace],
  ["DEBUG", LogLevel.Debug],
  ["INFO", LogLevel.Info],
  ["WARNING", LogLevel.Warning],
  ["WARN", LogLevel.Warning],
  ["ERROR", LogLevel.Error],
  ["CRITICAL", LogLevel.Fatal],
  ["FATAL", LogLevel.Fatal],
  ["NONE", LogLevel.None]
])

const levelOf = (text: string): Option.Option<LogLevel.LogLevel> =>
  Option.fromNullable(levels.get(text.trim().toUpperCase()))

const consoleLogger = (format: "pretty" | "json"): Logger.Logger<unknown, void> =>
  format === "json"
    ? Logger.withConsoleLog(Logger.jsonLogger)
    // https://no-color.org
    : Logger.prettyLogger({ colors: process.stdout.isTTY === true && !process.env["NO_COLOR"] })

/** `2026-11-24T10:00:00.000Z | INFO  | message key=value`; what goes on in further lines is indented. */
const fileLogger = (file: LogFile.LogFile): Logger.Logger<unknown, void> =>
  Logger.make(({ annotations, cause, date, logLevel, message }) => {
    const parts = (Array.isArray(message) ? message : [message]).map((part) =>
      part instanceof Error ? part.stack ?? String(part) : Inspectable.toStringUnknown(part, 0)
    )
    for (const [key, value] of annotations) parts.push(`${key}=${Inspectable.toStringUnknown(value, 0)}`)
    if (!Cause.isEmpty(cause)) parts.push(`\n${Cause.pretty(cause, { renderErrorCause: true })}`)
    const text = parts.join(" ").replace(/\r?\n/g, "\n  ")
    file.write(`${date.toISOString()} | ${logLevel.label.padEnd(5)} | ${text}\n`, date)
  })
