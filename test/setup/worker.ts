import { buildChanged, BuildError, projectRoot } from "../../scripts/build.mjs"

/**
 * Workers, the command line and what a worker's thread imports are processes of their own and run from dist/. It is
 * built here where a source has changed, so that no test runs against an older one.
 *
 * A part that does not build is removed from dist/: the tests that need it fail, and the others still tell something.
 */
export default async function setup(): Promise<void> {
  try {
    await buildChanged(projectRoot, "test")
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    console.error(error.message)
  }
}
