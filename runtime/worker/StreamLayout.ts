/**
 * The values of a stream as bodies of posts, in both dialects.
 *
 * @since 0.1.0
 */
import { randomUUID } from "node:crypto"
import { assertJson } from "../../src/protocol/Codec.ts"
import type * as Codec from "../../src/protocol/Codec.ts"
import { protocolVersion } from "../../src/protocol/FunctionRequest.ts"
import * as Limits from "../../src/protocol/Limits.ts"
import { frameSize } from "./StreamWriter.ts"
import type { Frame, Layout } from "./StreamWriter.ts"

const frameOf = (count: number, text: string): Frame => ({ count, text, size: Buffer.byteLength(text) })

/** Characters of a piece: three bytes each at most, as JSON. */
const pieceLength = 256 * 1024

/**
 * Chunks of effect-flash: many values in one post, and a value that is larger than a post in pieces. For one run of one
 * job: it counts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const envelope = (codec: Codec.Codec, format: Codec.Format): Layout => {
  const head = { protocol_version: protocolVersion, serialization_format: format, run: randomUUID().slice(0, 8) }
  let first = 0

  const frames = (values: ReadonlyArray<unknown>): ReadonlyArray<Frame> => {
    const frame = frameOf(values.length, JSON.stringify(codec.encode(format, values)))
    if (frame.size <= frameSize || values.length === 1) return [frame]
    const half = values.length >> 1
    return [...frames(values.slice(0, half)), ...frames(values.slice(half))]
  }

  const body = (more: object, frames: string) => {
    const start = JSON.stringify({ ...head, first, ...more }).slice(0, -1)
    return `{"output":${start},"frames":[${frames}]}}`
  }

  return {
    frames,
    bodies(frames) {
      const [frame] = frames
      const bodies = frame !== undefined && frames.length === 1 && frame.size > 2 * frameSize
        ? piecesOf(frame.text).map((text, index, { length: count }) =>
          body({ piece: { index, count } }, JSON.stringify(text))
        )
        : [body({}, frames.map(({ text }) => text).join(","))]
      for (const { count } of frames) first += count
      return bodies
    }
  }
}

const piecesOf = (text: string): ReadonlyArray<string> =>
  Array.from(
    { length: Math.ceil(text.length / pieceLength) },
    (_, index) => text.slice(index * pieceLength, (index + 1) * pieceLength)
  )

/**
 * A post for each value, as the platform's own worker has it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const plain: Layout = {
  frames: (values) =>
    values.map((value) => {
      const frame = frameOf(1, JSON.stringify(assertJson(value ?? null)))
      if (frame.size > Limits.streamBody - 64) {
        throw new RangeError(`a value of its stream is ${frame.size} bytes; the platform takes ${Limits.streamBody}`)
      }
      return frame
    }),
  bodies: (frames) => frames.map(({ text }) => `{"output":${text}}`)
}
