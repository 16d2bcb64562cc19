/** Reads the logs of workers while calls run, and gives each line to the call that printed it. */
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EndpointRef } from "../../src/runpod/RunpodJobs.ts"
import { Target } from "./Target.ts"

export interface LogTail {
  /** Lines of that job, until it is stopped; the argument says after how many milliseconds. */
  readonly listen: (job: string, line: (text: string) => Effect.Effect<void>) => (after: number) => void
  /** Follows the workers that an endpoint has now, each until it ends. */
  readonly follow: (endpoint: EndpointRef) => Effect.Effect<void>
}

/** A line of a worker of ours. */
const decodeLine = Schema.decodeOption(
  Schema.parseJson(Schema.Struct({ requestId: Schema.String, message: Schema.String }))
)

/** Lines of the past that may be of calls that run now. */
const past = 200

export const make: Effect.Effect<LogTail, never, Scope.Scope | Target> = Effect.gen(function*() {
  const { rest } = yield* Target
  const fork = yield* FiberSet.makeRuntime<never>()
  const listeners = new Map<string, (text: string) => Effect.Effect<void>>()
  const followed = new Set<string>()

  const read = (endpointId: string, workerId: string) =>
    rest.getWorkerLogs({ endpointId, workerId, source: "container", tail: past }).pipe(
      Stream.runForEach(({ line }) =>
        Option.match(decodeLine(line), {
          onNone: () => Effect.void,
          onSome: ({ message, requestId }) => listeners.get(requestId)?.(message) ?? Effect.void
        })
      ),
      // logs that cannot be read are missed, and nothing else is
      Effect.ignore,
      Effect.ensuring(Effect.sync(() => followed.delete(workerId)))
    )

  return {
    listen(job, line) {
      listeners.set(job, line)
      return (after) => {
        if (after === 0) listeners.delete(job)
        else fork(Effect.zipRight(Effect.sleep(after), Effect.sync(() => listeners.delete(job))))
      }
    },
    follow: ({ id }) =>
      rest.listEndpointWorkers(id).pipe(
        Effect.map(({ workers }) => {
          for (const worker of workers) {
            if (followed.has(worker.id)) continue
            followed.add(worker.id)
            fork(read(id, worker.id))
          }
        }),
        Effect.ignore
      )
  }
})
