/** The tests of a file, each with its place, once they are known to make sense. */
import { Result } from "effect"
import type { CompiledPolicy, Problem } from "./Compile.ts"
import { contentsOf, judgeTests, testsIn } from "./Judge.ts"
import { didYouMean, nearest } from "./Nearest.ts"
import type { PolicyTest } from "./PolicyTest.ts"
import { parse, type PolicyProblem, type Source, withinReason } from "./PolicyText.ts"
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
  const decoded = contents.problems.length > 0 ? Result.fail(contents.problems) : judgeTests(contents.tests)
  if (Result.isFailure(decoded)) return Result.fail(withinReason(decoded.failure).map(place))
  const ids = policies?.map(({ id }) => id)
  const problems = decoded.success.flatMap((test, at) =>
    problemsOf(test, ids).map((problem) => place({ ...problem, path: ["tests", at, ...problem.path] }))
  )
  if (problems.length > 0) return Result.fail(problems)
  return Result.succeed(decoded.success.map((test, at) => {
    const { column, line } = place({ path: ["tests", at], message: "" })
    return { test, file: source.file, line, column }
  }))
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
