/**
 * `effect-flash/testing`: what tests of programs with remote functions need beside `Flash.layerInline` and `layerMock`.
 * It knows no test runner.
 *
 * @since 0.1.0
 */
/**
 * The remote calls that a program has made.
 *
 * @since 0.1.0
 */
export * as Calls from "./Calls.ts"
export { failing } from "./Failing.ts"
/**
 * An embedded platform for a test.
 *
 * @since 0.1.0
 */
export * as TestPlatform from "./TestPlatform.ts"
export type { Call } from "./Wrap.ts"
