/**
 * Prints `N passed, N failed, N skipped` as the last line, failed hooks and imports counted as failures. What needs a server that nobody can be
 * asked to have, a real TimescaleDB, is named when it is left out, and not counted as skipped.
 */
import type { Reporter, TestModule, TestSuite } from "vitest/node"

const optional = "on a TimescaleDB server"

const errorsOf = (suite: TestModule | TestSuite): number => {
  let count = suite.errors().length
  for (const child of suite.children.allSuites()) count += child.errors().length
  return count
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>): void {
    let passed = 0
    let failed = unhandled.length
    let skipped = 0
    let leftOut = 0
    for (const module of modules) {
      failed += errorsOf(module)
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed += 1
        else if (state === "failed") failed += 1
        else if (test.fullName.includes(optional)) leftOut += 1
        else skipped += 1
      }
    }
    if (leftOut > 0) process.stdout.write(`${leftOut} tests ${optional} were left out: TIMESCALE_URL is not set\n`)
    process.on("exit", () => process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`))
  }
}
