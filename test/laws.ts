/**
 * Parameters of a property: the same cases in every run, so that a failure is found again. `FAST_CHECK_SEED` gives
 * others.
 */
export const cases = (numRuns: number) => ({ numRuns, seed: Number(process.env["FAST_CHECK_SEED"] ?? 1) })
