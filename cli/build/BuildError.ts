/** Why a project cannot be built, in words for the person who wrote it. */
import * as Data from "effect/Data"

/** Everything that is wrong and was found in one go; each line names the place and what to do. */
export class BuildError extends Data.TaggedError("BuildError")<{
  readonly problems: readonly [string, ...ReadonlyArray<string>]
  readonly cause?: unknown
}> {
  override get message() {
    return this.problems.join("\n")
  }
}

/** Fails where there is a problem. */
export const failure = (problems: ReadonlyArray<string>, cause?: unknown): BuildError | undefined => {
  const [first, ...others] = problems
  return first === undefined ? undefined : new BuildError({ problems: [first, ...others], cause })
}
