import type { SerializedError, TestModule } from "vitest/node"
import type { Reporter } from "vitest/reporters"

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const count = (modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<SerializedError>): Counts => {
  // An error outside of any test fails the run, so it may not be followed by "0 failed".
  const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
  for (const module of modules) {
    // Likewise a file that cannot be loaded and a suite whose hooks fail.
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === "pending" ? "skipped" : state]++
    }
  }
  return counts
}

/**
 * Ends the output of a run with one line for a program to read: `N passed, M failed`, then `, K skipped` where some
 * were.
 */
export default class SummaryReporter implements Reporter {
  private counts: Counts = { passed: 0, failed: 0, skipped: 0 }

  onInit(): void {
    // Whatever else is still to be said, coverage or a slow close, comes before the process ends.
    process.once("exit", (code) => {
      const { passed, skipped } = this.counts
      // A run can fail without a test that does, where its set-up fails for one.
      const failed = code === 0 ? this.counts.failed : Math.max(1, this.counts.failed)
      process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`)
    })
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<SerializedError>): void {
    this.counts = count(modules, unhandledErrors)
  }
}
