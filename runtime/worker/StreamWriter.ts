/**
 * Sends the values of a job's stream, in order: what gathers while one post is under way goes with the next. The first
 * value leaves at once, many values share a post, and a stream that is faster than its posts has to wait.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamWriter {
  /** Fails with why a post was refused. Done at once while little waits. */
  readonly write: (values: ReadonlyArray<unknown>) => Effect.Effect<void, string>
  /** Done when everything is with the platform. */
  readonly end: Effect.Effect<void, string>
}

/**
 * Posts bodies one after the other; then tells that it is done, or why it cannot be.
 *
 * @since 0.1.0
 * @category models
 */
export type Post = (bodies: ReadonlyArray<string>, done: (problem: string | undefined) => void) => void

/**
 * How values are laid out in posts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Layout {
  /** Throws where a value cannot be carried. */
  readonly frames: (values: ReadonlyArray<unknown>) => ReadonlyArray<Frame>
  /** The bodies of posts for the next frames, in order. */
  readonly bodies: (frames: ReadonlyArray<Frame>) => ReadonlyArray<string>
}

/**
 * Some values of a stream, ready to be sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Frame {
  /** How many values. */
  readonly count: number
  /** JSON text. */
  readonly text: string
  /** Of the text, in bytes. */
  readonly size: number
}

/** How many bytes may wait before the stream has to; so many go together. */
const bound = 512 * 1024

/** What a frame comes to, in bytes, where it holds more than one value. */
export const frameSize = 256 * 1024

const maxSlice = 4096

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (layout: Layout, post: Post): StreamWriter => {
  let waiting: Array<Frame> = []
  let size = 0
  /** How many values are laid out next, by what the last ones came to. */
  let slice = 1
  let isPosting = false
  let problem: string | undefined
  let resumes: Array<(result: Effect.Effect<void, string>) => void> = []

  const flush = () => {
    if (isPosting || waiting.length === 0 || problem !== undefined) return
    const frames: Array<Frame> = []
    let length = 0
    for (const frame of waiting) {
      if (frames.length > 0 && length + frame.size > bound) break
      frames.push(frame)
      length += frame.size
    }
    waiting = waiting.slice(frames.length)
    size -= length
    isPosting = true
    post(layout.bodies(frames), (why) => {
      isPosting = false
      problem = why
      flush()
      const all = resumes
      resumes = []
      for (const resume of all) resume(Effect.void)
    })
  }

  const state = (): Effect.Effect<void, string> => problem === undefined ? Effect.void : Effect.fail(problem)

  /** Waits for the next posts to be done, and then until this holds. */
  const until = (isReached: () => boolean): Effect.Effect<void, string> =>
    Effect.suspend(() =>
      problem !== undefined || isReached() ? state() : Effect.zipRight(
        Effect.async<void, string>((resume) => {
          resumes.push(resume)
        }),
        until(isReached)
      )
    )

  /** A stream may have any number of values at once: they are laid out as they are sent, about a frame at a time. */
  const writeFrom = (values: ReadonlyArray<unknown>, start: number): Effect.Effect<void, string> =>
    Effect.suspend(() => {
      const end = Math.min(values.length, start + slice)
      let laidOut = 0
      try {
        for (const frame of layout.frames(start === 0 && end === values.length ? values : values.slice(start, end))) {
          waiting.push(frame)
          laidOut += frame.size
        }
      } catch (error) {
        return Effect.fail(error instanceof Error ? error.message : String(error))
      }
      size += laidOut
      slice = Math.max(1, Math.min(2 * slice, maxSlice, Math.floor(frameSize * (end - start) / laidOut)))
      flush()
      const done = until(() => size <= bound)
      return end < values.length ? Effect.zipRight(done, writeFrom(values, end)) : done
    })

  return {
    write: (values) => writeFrom(values, 0),
    end: until(() => !isPosting && waiting.length === 0)
  }
}
