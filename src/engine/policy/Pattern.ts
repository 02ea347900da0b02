/**
 * Regular expressions of `matches`, in the syntax of RE2: the time of a match grows with text times pattern and no faster. Both are kept so short that it
 * stays below what anybody would notice.
 */
import { Result } from "effect"
import { RE2JS } from "re2js"

/** A pattern ready to be matched. */
export type Pattern = RE2JS

/** Most characters of a pattern. */
const longest = 256

/** Most that the counts of a pattern's repeats come to together: `a{30}` has 30. They are what makes much out of little text. */
const mostRepeats = 100

/** Most steps a pattern may become. */
const mostSteps = 320

/** Characters of a text that are looked at. */
const longestSubject = 256

/** Compiles a pattern, or says what it must be instead. */
export const compile = (text: string): Result.Result<Pattern, string> => {
  if (text.length > longest) return Result.fail(`expected a pattern of at most ${longest} characters`)
  const repeats = [...text.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Number(most === undefined || most === "" ? least : most),
    0
  )
  if (repeats > mostRepeats) return Result.fail(`expected repeats of at most ${mostRepeats} together, found ${repeats}`)
  try {
    const pattern = RE2JS.compile(text)
    const steps = pattern.programSize()
    return steps > mostSteps
      ? Result.fail(`expected a pattern of at most ${mostSteps} steps, found ${steps}`)
      : Result.succeed(pattern)
  } catch (error) {
    return Result.fail(
      `not a linear-time regular expression: ${error instanceof Error ? error.message : String(error)}`
    )
  }
}

/** Whether a text, as far as it is looked at, has something that matches. */
export const isMatch = (pattern: Pattern, text: string): boolean => pattern.test(text.slice(0, longestSubject))
