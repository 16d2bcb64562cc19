/**
 * Puts the chunks of a stream together again: what came twice is passed over, what is missing is noticed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Procedure } from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionResponse } from "../protocol/FunctionResponse.ts"
import { isStreamChunk } from "../protocol/StreamChunk.ts"
import type { StreamChunk } from "../protocol/StreamChunk.ts"
import { InvalidResponse, ProtocolMismatch, StreamBroken } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import type { EndpointRef } from "../runpod/RunpodJobs.ts"
import type * as Wire from "./Wire.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly procedure: Pick<Procedure, "_tag">
  readonly endpoint: EndpointRef
  readonly jobId: string
  readonly from: Wire.From
  readonly codec: Codec.Codec
  readonly decodeValues: (encoded: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<unknown>, string>
  /** The response in a finished job, where there is one. */
  readonly responseOf: (job: Parameters<Wire.Reader["broken"]>[0]) => FunctionResponse | undefined
}

/**
 * Why a stream cannot go on whose job is run a second time.
 *
 * @since 0.1.0
 * @category constants
 */
export const anew = "its worker was lost and the job began anew"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Wire.Reader => {
  const { codec, decodeValues, endpoint, from, jobId, procedure, responseOf } = options
  /** The run that is read; values of it that came; values that were given to the reader. */
  let run: string | undefined
  let next = 0
  let received = 0
  let pieces: Array<string> = []

  const broken = (reason: string) => new StreamBroken({ endpoint: endpoint.name, jobId, received, reason })
  const invalid = (issue: string) => new InvalidResponse({ function: procedure._tag, jobId, issue })

  /** Why a chunk cannot follow what came; `undefined` where it can. */
  const objection = (chunk: StreamChunk): RemoteError | undefined => {
    if (chunk.protocol_version > protocolVersion) {
      return new ProtocolMismatch({
        function: procedure._tag,
        supported: protocolVersion,
        received: chunk.protocol_version
      })
    }
    if (chunk.run !== run) {
      if (run !== undefined && received > 0) return broken(anew)
      run = chunk.run
      next = from === "beginning" ? 0 : chunk.first
      pieces = []
    }
    return chunk.first > next ? broken(`values ${next} to ${chunk.first - 1} did not arrive`) : undefined
  }

  /** The values in a chunk, or none where there are pieces to come. Throws where it cannot be read. */
  const unpack = ({ first, frames, piece, serialization_format: format }: StreamChunk): ReadonlyArray<unknown> => {
    if (piece === undefined) return frames.flatMap((frame) => arrayOf(codec.decode(format, frame)))
    // one that came already, as all others of values that were read
    if (first < next || piece.index < pieces.length) return []
    if (piece.index > pieces.length) throw new TypeError(`piece ${pieces.length} of a value did not arrive`)
    pieces.push(String(frames[0]))
    if (pieces.length < piece.count) return []
    const text = pieces.join("")
    pieces = []
    return arrayOf(codec.decode(format, JSON.parse(text)))
  }

  return {
    read(output) {
      if (!isStreamChunk(output)) {
        return Effect.fail(invalid(`not a chunk of a Flash worker: ${JSON.stringify(output)?.slice(0, 1024)}`))
      }
      const problem = objection(output)
      if (problem !== undefined) return Effect.fail(problem)
      return Effect.try({ try: () => unpack(output), catch: (error) => `a chunk cannot be read: ${String(error)}` })
        .pipe(
          Effect.flatMap((encoded) => {
            const fresh = encoded.slice(next - output.first)
            next += fresh.length
            return decodeValues(fresh)
          }),
          Effect.map((values) => {
            received += values.length
            return values
          }),
          Effect.mapError(invalid)
        )
    },
    hasAll: (job) => responseOf(job)?.stream_length === next,
    broken(job) {
      const response = responseOf(job)
      if (response === undefined) return undefined
      const length = response.stream_length ?? undefined
      if (length === undefined) {
        // a worker that could not run the function to its end says so instead
        return response.success
          ? invalid("it does not say how long its stream was: the function does not stream")
          : undefined
      }
      if (length === next || (from === "anywhere" && run === undefined)) return undefined
      return broken(length < next ? anew : `values ${next} to ${length - 1} did not arrive`)
    }
  }
}

const arrayOf = (decoded: unknown): ReadonlyArray<unknown> => {
  if (!Array.isArray(decoded)) throw new TypeError("a frame is not an array of values")
  return decoded
}
