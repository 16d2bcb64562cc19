/**
 * Why the archive of a build is not run.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The archive is not there, or could not be read or written to its end. It may be there a moment later.
 *
 * @since 0.1.0
 * @category errors
 */
export class ArtifactUnavailable extends Data.TaggedError("ArtifactUnavailable")<{
  /** Path, or URL without its query: that may be a signature. */
  readonly source: string
  readonly reason: string
}> {
  override get message() {
    return `The build's archive ${this.source} is not available: ${this.reason}`
  }
}

/**
 * The archive is not what it is said to be: another digest, or no whole tar.
 *
 * @since 0.1.0
 * @category errors
 */
export class ArtifactCorrupt extends Data.TaggedError("ArtifactCorrupt")<{
  readonly source: string
  readonly reason: string
}> {
  override get message() {
    return `The build's archive ${this.source} is damaged: ${this.reason}. Build and deploy it again`
  }
}

/**
 * The archive holds what no build makes: entries that lead out of its folder, devices, or more than its limits.
 *
 * @since 0.1.0
 * @category errors
 */
export class ArtifactRefused extends Data.TaggedError("ArtifactRefused")<{
  readonly source: string
  /** The entry that is refused; absent where it is the archive as a whole. */
  readonly entry?: string
  readonly reason: string
}> {
  override get message() {
    return `The build's archive ${this.source} is refused: ` +
      `${this.entry === undefined ? "" : `entry ${JSON.stringify(this.entry)}: `}${this.reason}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type ArtifactError = ArtifactUnavailable | ArtifactCorrupt | ArtifactRefused

/**
 * Why one entry is refused, before it is known which archive it stands in.
 *
 * @since 0.1.0
 * @category errors
 */
export class Refusal extends Error {
  readonly entry: string | undefined
  constructor(reason: string, entry?: string) {
    super(reason)
    this.entry = entry
  }
}
