/** The tests of a file, each with its place, once they are known to make sense. */
import { Result } from "effect"
import type { CompiledPolicy, Problem } from "./Compile.ts"
import { contentsOf, judgeTest, testsIn } from "./Judge.ts"
import { didYouMean, nearest } from "./Nearest.ts"
import type { PolicyTest } from "./PolicyTest.ts"
import { maxProblems, parse, type PolicyProblem, type Source, withinReason } from "./PolicyText.ts"
import { within } from "./SchemaProblems.ts"
import { problemOf } from "./WrittenEvents.ts"

/** A test and where it stands; line and column count from 1. */
export interface PlacedTest {
  readonly test: PolicyTest
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Whether a file holds tests alone, by its name. */
export const isTestFile = (name: string): boolean => /\.test\.(?:ya?ml|json)$/.test(name)

/** The tests of a text that speak of these policies, or of whichever there are, or everything that is wrong with them. */
export const testsOf = (
  source: Source,
  policies: ReadonlyArray<Pick<CompiledPolicy, "id">> | undefined
): Result.Result<ReadonlyArray<PlacedTest>, ReadonlyArray<PolicyProblem>> => {
  const parsed = parse(source)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const { place, value } = parsed.success
  const contents = isTestFile(source.file) ? testsIn(value) : contentsOf(value)
  const ids = policies?.map(({ id }) => id)
  const found = [...contents.problems]
  const tests: Array<PlacedTest> = []
  for (const [at, written] of contents.tests.entries()) {
    if (found.length > maxProblems) break
    const path = ["tests", at]
    const judged = judgeTest(written)
    const problems = Result.isFailure(judged) ? judged.failure : problemsOf(judged.success, ids)
    found.push(...problems.map((problem) => within(path, problem)))
    if (Result.isFailure(judged)) continue
    const { column, line } = place({ path, message: "" })
    tests.push({ test: judged.success, file: source.file, line, column })
  }
  return found.length > 0 ? Result.fail(withinReason(found).map(place)) : Result.succeed(tests)
}

const problemsOf = (test: PolicyTest, ids: ReadonlyArray<string> | undefined): ReadonlyArray<Problem> => [
  ...("events" in test ? test.events : []).flatMap((event, at) => {
    const message = problemOf(event)
    return message === undefined ? [] : [{ path: ["events", at], message }]
  }),
  ...test.expect.flatMap(({ policy }, at) => {
    if (ids === undefined || ids.includes(policy)) return []
    const message = `unknown policy ${JSON.stringify(policy)}${didYouMean(nearest(policy, ids))}`
    return [{ path: ["expect", at, "policy"], message }]
  })
]
