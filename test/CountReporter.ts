/** Prints `N passed, N failed, N skipped` as the last line, failed hooks and imports counted as failures. */
import type { Reporter, TestModule, TestSuite } from "vitest/node"

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
    for (const module of modules) {
      failed += errorsOf(module)
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed += 1
        else if (state === "failed") failed += 1
        else skipped += 1
      }
    }
    process.on("exit", () => process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`))
  }
}
