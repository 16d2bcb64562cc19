/**
 * One exchange over undici's dispatcher, which costs half of what a general client does (docs/decisions/0002-call-path.md).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"

/**
 * An answer that is there as a whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Buffer
}

/**
 * Sends a request and reads all of its answer. Interruption aborts it. `failed` makes the error of what broke it.
 *
 * @since 0.1.0
 * @category running
 */
export const exchange = <E>(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  failed: (cause: unknown) => E
): Effect.Effect<Answer, E> =>
  Effect.async((resume) => {
    let controller: Dispatcher.DispatchController | undefined
    let interrupted = false
    let status = 0
    let headers: Answer["headers"] = {}
    const chunks: Array<Buffer> = []
    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started
        if (interrupted) started.abort(new Error("interrupted"))
      },
      onResponseStart(_, statusCode, responseHeaders) {
        status = statusCode
        headers = responseHeaders
      },
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        const [first] = chunks
        const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)
        resume(Effect.succeed({ status, headers, body }))
      },
      onResponseError(_, cause) {
        resume(Effect.fail(failed(cause)))
      }
    })
    return Effect.sync(() => {
      interrupted = true
      controller?.abort(new Error("interrupted"))
    })
  })
