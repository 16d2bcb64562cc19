/**
 * What the archive of a build may be at most.
 *
 * @since 0.1.0
 */
import { Refusal } from "./ArtifactError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** Files, folders and links. */
  readonly entries: number
  /** Bytes of the archive itself. */
  readonly archiveBytes: number
  /** Bytes that come out of it. */
  readonly bytes: number
  /** How many times more may come out than went in, once `ratioFrom` bytes came out. */
  readonly ratio: number
  /** Bytes. Little that is alike may be packed to almost nothing. */
  readonly ratioFrom: number
}

const MiB = 1024 * 1024

/**
 * As much as the platform takes in an upload, and what such an archive may reasonably hold.
 *
 * @since 0.1.0
 * @category constants
 */
export const limits: Limits = {
  entries: 200_000,
  archiveBytes: 1500 * MiB,
  bytes: 10_000 * MiB,
  ratio: 100,
  ratioFrom: 100 * MiB
}

/**
 * What has gone in and come out so far.
 *
 * @since 0.1.0
 * @category models
 */
export interface Meter {
  /** Throw `Refusal` where it is too much. */
  readonly took: (bytes: number) => void
  readonly gave: (bytes: number) => void
  readonly entry: () => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const meter = (limits: Limits): Meter => {
  let taken = 0
  let given = 0
  let entries = 0
  return {
    took(bytes) {
      taken += bytes
      if (taken > limits.archiveBytes) throw new Refusal(`it is larger than ${limits.archiveBytes} bytes`)
    },
    gave(bytes) {
      given += bytes
      if (given > limits.bytes) throw new Refusal(`more than ${limits.bytes} bytes come out of it`)
      if (given > limits.ratioFrom && given > taken * limits.ratio) {
        throw new Refusal(`more than ${limits.ratio} times its size comes out of it`)
      }
    },
    entry() {
      if (++entries > limits.entries) throw new Refusal(`it has more than ${limits.entries} entries`)
    }
  }
}
