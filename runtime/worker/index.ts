/**
 * What a program says of its workers.
 *
 * @since 0.1.0
 */
/**
 * Checks that a worker runs before it takes its first job.
 *
 * @since 0.1.0
 */
export * as FitnessCheck from "../../src/protocol/FitnessCheck.ts"
