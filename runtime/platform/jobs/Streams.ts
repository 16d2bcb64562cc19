/**
 * What jobs have streamed and nobody has read yet.
 *
 * In memory only: a platform that is started again runs its unfinished jobs anew, and with them their streams. What one
 * job may leave unread is bounded. A reader that is there slows its job down; where nobody reads, the oldest go.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { isTerminal } from "./Job.ts"
import type { Job } from "./Job.ts"
import type { LongPolls } from "./LongPolls.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Streams {
  /** Keeps a post, JSON text. Done when there is room for another, as long as a reader is there. */
  readonly append: (jobId: string, post: string) => Effect.Effect<void>
  /** Takes what has gathered; while there is nothing, it is held for `millis` at most, or until the job is over. */
  readonly drain: (job: Job, millis: number) => Effect.Effect<ReadonlyArray<string>>
  /** Puts back what a reader was given and never received. */
  readonly putBack: (jobId: string, posts: ReadonlyArray<string>) => void
  /** The job begins anew: what it streamed before is gone. */
  readonly clear: (jobId: string) => void
  /** The job is over: nobody waits for more. */
  readonly end: (job: Job) => void
  /** Forgets jobs that ended before these times, and the oldest where the rest is too much. */
  readonly prune: (before: Readonly<Record<Job["kind"], number>>) => void
}

/** In characters. */
const bounds = {
  /** Of one job, while somebody reads. */
  read: 4 * 1024 * 1024,
  /** Of one job, while nobody does. */
  unread: 16 * 1024 * 1024,
  /** Of all jobs that are over. */
  ended: 128 * 1024 * 1024
}

/** Milliseconds. Who has read so lately is there still, and only slow. */
const attention = 5 * 60_000

interface Buffer {
  posts: Array<string>
  size: number
  /** When somebody last asked for it. */
  readAt: number
  /** Wake who waits for posts, and who waits for room. */
  readonly readers: Set<() => void>
  readonly writers: Set<() => void>
  ended: { readonly at: number; readonly kind: Job["kind"] } | undefined
}

/**
 * `machineNow` is the clock of those who read and post, where that is another one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (polls: LongPolls, now: () => number, machineNow: () => number = now): Streams => {
  const buffers = new Map<string, Buffer>()

  const bufferOf = (jobId: string): Buffer => {
    const known = buffers.get(jobId)
    if (known !== undefined) return known
    const buffer: Buffer = {
      posts: [],
      size: 0,
      readAt: -Infinity,
      readers: new Set(),
      writers: new Set(),
      ended: undefined
    }
    buffers.set(jobId, buffer)
    return buffer
  }

  const wake = (waiting: Set<() => void>) => {
    for (const resume of [...waiting]) {
      waiting.delete(resume)
      resume()
    }
  }

  const empty = (buffer: Buffer): ReadonlyArray<string> => {
    const { posts } = buffer
    buffer.posts = []
    buffer.size = 0
    wake(buffer.writers)
    return posts
  }

  const waiting = (waiting: Set<() => void>) => (resume: (value: void) => void) => {
    const wake = () => resume(undefined)
    waiting.add(wake)
    return () => waiting.delete(wake)
  }

  return {
    append: (jobId, post) =>
      Effect.suspend(() => {
        const buffer = bufferOf(jobId)
        buffer.posts.push(post)
        buffer.size += post.length
        wake(buffer.readers)
        if (buffer.size <= bounds.read) return Effect.void
        const patience = buffer.readAt + attention - machineNow()
        if (patience > 0) return Effect.asVoid(polls.hold<void>(patience, waiting(buffer.writers)))
        let dropped = 0
        while (buffer.size > bounds.unread) buffer.size -= buffer.posts[dropped++]?.length ?? 0
        if (dropped > 0) buffer.posts.splice(0, dropped)
        return Effect.void
      }),
    drain: (job, millis) =>
      Effect.suspend(() => {
        const buffer = bufferOf(job.id)
        buffer.readAt = machineNow()
        if (isTerminal(job)) buffer.ended ??= { at: job.finishedAt ?? now(), kind: job.kind }
        if (buffer.posts.length > 0 || isTerminal(job)) return Effect.sync(() => empty(buffer))
        return Effect.map(polls.hold<void>(millis, waiting(buffer.readers)), () => {
          buffer.readAt = machineNow()
          return empty(buffer)
        })
      }),
    putBack(jobId, posts) {
      if (posts.length === 0) return
      const buffer = bufferOf(jobId)
      buffer.posts.unshift(...posts)
      for (const { length } of posts) buffer.size += length
      wake(buffer.readers)
    },
    clear(jobId) {
      const buffer = buffers.get(jobId)
      if (buffer === undefined) return
      buffer.ended = undefined
      empty(buffer)
    },
    end(job) {
      const buffer = buffers.get(job.id)
      if (buffer === undefined) return
      buffer.ended = { at: job.finishedAt ?? now(), kind: job.kind }
      wake(buffer.readers)
      wake(buffer.writers)
    },
    prune(before) {
      const ended = [...buffers].flatMap(([id, { ended, size }]) => ended === undefined ? [] : [{ ...ended, id, size }])
      let size = 0
      for (const buffer of ended.toSorted((a, b) => b.at - a.at)) {
        size += buffer.size
        if (size > bounds.ended || buffer.at < before[buffer.kind]) buffers.delete(buffer.id)
      }
    }
  }
}
