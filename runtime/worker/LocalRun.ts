/**
 * One job without a platform: its input comes from the command line or a file, its result is printed.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { readFileSync } from "node:fs"
import type { Executor } from "./Executor.ts"

/**
 * There is no input to run with.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoTestInput extends Data.TaggedError("NoTestInput")<{ readonly message: string }> {}

/** What is looked for where no input is given. */
const file = "test_input.json"

const read = (given: string | undefined): Effect.Effect<string, NoTestInput> =>
  given !== undefined ? Effect.succeed(given) : Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: () =>
      new NoTestInput({
        message: `there is no platform to take jobs from (RUNPOD_WEBHOOK_GET_JOB is not set), and no ${file} here; ` +
          `give a job with --test-input '{"input": {…}}'`
      })
  })

const parse = (text: string): Effect.Effect<Readonly<Record<string, unknown>>, NoTestInput> =>
  Effect.flatMap(
    Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: (error) => new NoTestInput({ message: `the test input is not JSON: ${error}` })
    }),
    (job) =>
      Predicate.isReadonlyRecord(job) && job["input"] !== undefined
        ? Effect.succeed(job)
        : Effect.fail(new NoTestInput({ message: `the test input has no "input": it is a job, {"input": {…}}` }))
  )

/**
 * Runs the job; succeeds with whether it went well. `given` is the text of the job; without it, `test_input.json` of the
 * working directory is read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (
  executor: Executor,
  given: string | undefined,
  print: (line: string) => void
): Effect.Effect<boolean, NoTestInput> =>
  Effect.gen(function*() {
    const job = yield* Effect.flatMap(read(given), parse)
    const id = typeof job["id"] === "string" ? job["id"] : "local_test"
    const show = (body: string) => Effect.sync(() => print(body))
    const { body } = yield* executor.run({ id, input: job["input"] }, { stream: show, progress: show })
    print(body)
    const result: unknown = JSON.parse(body)
    return !(Predicate.isReadonlyRecord(result) && "error" in result)
  })
