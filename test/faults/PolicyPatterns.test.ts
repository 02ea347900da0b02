/** Patterns that are known to be slow somewhere, on texts made for them, as `matches` reads them. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Pattern from "../../src/engine/policy/Pattern.ts"
import { slowPatterns } from "./policy/SlowPatterns.ts"

/** Time of a match, ms: four times the promise, since other programs are at work beside. */
const longest = 40

const subjects = [
  ...["a", "ab", "aab", "x", "0", " ", "\n", "a ", "a.", "é", "😀", "a@", "<a", "\u0000", "1.", "aaaa!"].map((part) =>
    part.repeat(1_000)
  ),
  ...["!", "x", "z", "\n", "b"].map((end) => "a".repeat(255) + end),
  "a".repeat(127) + "b" + "a".repeat(127),
  "",
  "9".repeat(1_000_000)
]

/** The middle of five times of a match by a pattern that has matched nothing before. */
const timeOf = (text: string, subject: string): number => {
  const times = Array.from({ length: 5 }, () => {
    const pattern = Result.getOrThrow(Pattern.compile(text))
    const from = performance.now()
    Pattern.isMatch(pattern, subject)
    return performance.now() - from
  })
  return times.sort((a, b) => a - b)[2] as number
}

describe("patterns of policies", () => {
  it(`SEC-7 ${slowPatterns.length} patterns on ${subjects.length} texts each: in time, or refused when the file loads`, () => {
    assert.isAtLeast(new Set(slowPatterns).size, 100)
    let refused = 0
    for (const text of slowPatterns) {
      const compiled = Pattern.compile(text)
      if (Result.isFailure(compiled)) {
        refused++
        assert.match(compiled.failure, /^(?:not a linear-time regular expression|expected a pattern|expected repeats)/)
        continue
      }
      for (const subject of subjects) {
        const from = performance.now()
        Pattern.isMatch(compiled.success, subject)
        if (performance.now() - from > longest) assert.isAtMost(timeOf(text, subject), longest, text)
      }
    }
    assert.isAtLeast(refused, 8)
    assert.isAtLeast(slowPatterns.length - refused, 100)
  })
})
