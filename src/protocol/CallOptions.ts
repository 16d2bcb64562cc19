/**
 * What a caller may say of one call besides its payload. On the wire these stand beside the `input` of a job.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/**
 * How the platform treats a job. Times are durations (`"5 minutes"`) or milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** How long the job may run, from 5 seconds to 7 days. Default: the endpoint's own. */
  readonly executionTimeout?: Duration.DurationInput
  /** How long the platform keeps the job from its submission, in whatever state: 10 seconds to 7 days. Default: a day. */
  readonly ttl?: Duration.DurationInput
  /** The job waits for a worker that is there for others: it starts none. Default false. */
  readonly lowPriority?: boolean
}

/**
 * Options of a job.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubmitOptions {
  readonly policy?: Policy
  /** URL that the platform posts the finished job to, up to three times until it answers 200. */
  readonly webhook?: string | URL
}

/**
 * Options of a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallOptions extends SubmitOptions {
  /**
   * `run`, the default, submits and then waits: two round trips, up to 10 MB, and the job can be cancelled from the
   * start. `runsync` submits and waits in one, up to 20 MB; an interrupted call can cancel its job only when the
   * platform has answered, ten seconds later at most.
   */
  readonly mode?: "run" | "runsync"
}

/**
 * What stands beside the `input` in the body of a job.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobFields {
  readonly webhook?: string
  readonly policy?: {
    /** Milliseconds. */
    readonly executionTimeout?: number
    /** Milliseconds. */
    readonly ttl?: number
    readonly lowPriority?: boolean
  }
}

const week = 604_800_000

const Time = (min: number) =>
  Schema.transformOrFail(Schema.Unknown, Schema.Number, {
    strict: true,
    decode: (input, _, ast) =>
      Option.match(Option.liftThrowable(Duration.decode)(input as Duration.DurationInput), {
        onNone: () => ParseResult.fail(new ParseResult.Type(ast, input, "not a duration, as \"5 minutes\"")),
        onSome: (duration) => {
          const millis = Math.round(Duration.toMillis(duration))
          return millis >= min && millis <= week ? ParseResult.succeed(millis) : ParseResult.fail(
            new ParseResult.Type(ast, input, `${millis} ms is not between ${min} ms and 7 days`)
          )
        }
      }),
    encode: ParseResult.succeed
  })

const Webhook = Schema.transformOrFail(Schema.Unknown, Schema.String, {
  strict: true,
  decode: (input, _, ast) =>
    /^https?:\/\/./.test(String(input)) && URL.canParse(String(input))
      ? ParseResult.succeed(String(input))
      : ParseResult.fail(new ParseResult.Type(ast, input, "not an http or https URL")),
  encode: ParseResult.succeed
})

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Options = Schema.Struct({
  mode: optional(Schema.Literal("run", "runsync")),
  webhook: optional(Webhook),
  policy: optional(Schema.Struct({
    executionTimeout: optional(Time(5_000)),
    ttl: optional(Time(10_000)),
    lowPriority: optional(Schema.Boolean)
  }))
})

const decodeOptions = Schema.decodeUnknownEither(Options, { errors: "all", onExcessProperty: "error" })

/**
 * The options as they travel, or what is wrong with them, a line for each field.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (options: CallOptions): Either.Either<JobFields, string> =>
  Either.mapBoth(decodeOptions(options), {
    onLeft: (error) =>
      ParseResult.ArrayFormatter.formatErrorSync(error)
        .map(({ message, path }) => `${path.map(String).join(".")}: ${message}`)
        .join("\n"),
    onRight: ({ policy, webhook }) => ({
      ...(policy === undefined ? {} : { policy }),
      ...(webhook === undefined ? {} : { webhook })
    })
  })
