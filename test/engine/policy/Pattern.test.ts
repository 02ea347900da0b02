import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Pattern from "../../../src/engine/policy/Pattern.ts"

const why = (text: string) => {
  const compiled = Pattern.compile(text)
  return Result.isFailure(compiled) ? compiled.failure : "compiled"
}

describe("Pattern", () => {
  it("finds what it describes", () => {
    const pattern = Result.getOrThrow(Pattern.compile("(?i)^(will|does)-.*-20(2[6-9]|3\\d)$"))
    assert.isTrue(Pattern.isMatch(pattern, "Will-it-rain-2027"))
    assert.isFalse(Pattern.isMatch(pattern, "will-it-rain-2025"))
  })

  it("SEC-7 refuses what RE2 has not, and what becomes too much", () => {
    assert.match(why("(?=a)b"), /not a linear-time regular expression/)
    assert.match(why("(a)\\1"), /not a linear-time regular expression/)
    assert.match(why("a".repeat(257)), /at most 256 characters/)
    assert.match(why("(a{1,60}){50}"), /repeats of at most 100 together, found 110/)
    assert.match(why("(a{20}){20}"), /at most 320 steps, found \d+/)
    assert.strictEqual(why("a".repeat(256)), "compiled")
    assert.strictEqual(why("[a-z]{3,100}"), "compiled")
  })
})
