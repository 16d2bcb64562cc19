/** `flash call`: one job of a queue endpoint, in plain JSON, as any client sends it. Interrupting it cancels the job. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isTerminal } from "../../src/runpod/JobState.ts"
import type { JobState } from "../../src/runpod/JobState.ts"
import { CliError, ExitCode } from "../CliError.ts"
import { ExitStatus } from "../ExitStatus.ts"
import { withClients, withJobs } from "../services/Clients.ts"
import { findEndpoint } from "../services/findEndpoint.ts"
import { json } from "../ui/Answer.ts"
import * as Progress from "../ui/Progress.ts"
import { dim, duration } from "../ui/Text.ts"

const endpoint = Args.text({ name: "endpoint" }).pipe(Args.withDescription("Id or name of an endpoint"))
const input = Args.text({ name: "input" }).pipe(
  Args.withDescription("The job's input, as JSON; {} where it is left out"),
  Args.optional
)
const detach = Options.boolean("detach").pipe(
  Options.withAlias("d"),
  Options.withDescription("Print the job's id and do not wait for it")
)

const parse = (text: Option.Option<string>): Effect.Effect<unknown, CliError> =>
  Effect.try({
    try: (): unknown => JSON.parse(Option.getOrElse(text, () => "{}")),
    catch: (cause) =>
      new CliError({
        message: `the input is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: `quote it for the shell, as '{"name":"Ada"}'`,
        exitCode: ExitCode.usage,
        cause
      })
  })

const times = ({ delayTime, executionTime }: JobState): string =>
  [
    ...(delayTime == null ? [] : [`waited ${duration(delayTime)}`]),
    ...(executionTime == null ? [] : [`ran ${duration(executionTime)}`])
  ].join(", ")

/** What workers of ours, and of Python, put into the error of a job. */
const WorkerError = Schema.parseJson(Schema.Struct({ error_type: Schema.String, error_message: Schema.String }))

/** Why a job failed, in words where it has them. */
const reasonOf = (error: unknown): string =>
  Option.match(Schema.decodeUnknownOption(WorkerError)(error), {
    onNone: () => typeof error === "string" ? error : text(error),
    onSome: ({ error_message, error_type }) => error_type === "fail" ? error_message : `${error_type}: ${error_message}`
  })

const text = (output: unknown): string => JSON.stringify(output, undefined, 2) ?? "null"

export const call = Command.make("call", { endpoint, input, detach, json }, (options) =>
  Effect.gen(function*() {
    const body = JSON.stringify({ input: yield* parse(options.input) })
    const found = yield* withClients((clients) => findEndpoint(clients, options.endpoint))
    yield* withJobs(({ jobs, travel }) =>
      Effect.gen(function*() {
        const submitting = jobs.run(found, body)
        if (options.detach) {
          const submitted = yield* submitting
          return yield* Console.log(options.json ? JSON.stringify(submitted) : submitted.id)
        }
        const job = yield* travel(found, submitting, (submitted) =>
          isTerminal(submitted.status)
            ? Effect.succeed(submitted)
            : Effect.zipRight(
              Effect.flatMap(Progress.make, ({ more }) => more(`Waiting for job ${submitted.id}`)),
              jobs.await(found, submitted.id)
            ).pipe(Effect.scoped))
        if (options.json) {
          // how it ended is in it
          yield* Console.log(text(job))
          return job.status === "COMPLETED" ? undefined : yield* (yield* ExitStatus).set(ExitCode.failure)
        }
        if (job.status !== "COMPLETED") {
          return yield* new CliError({
            message: `job ${job.id} ended as ${job.status}${job.error == null ? "" : `: ${reasonOf(job.error)}`}`,
            hint: `\`flash logs ${options.endpoint}\` shows what the workers print`
          })
        }
        yield* Console.log(text(job.output))
        yield* Console.error(dim(times(job)))
      })
    )
  })).pipe(Command.withDescription("Run a job on a queue endpoint and print its output"))
