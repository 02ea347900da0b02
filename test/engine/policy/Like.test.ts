import { assert, describe, it } from "@effect/vitest"
import { isLike } from "../../../src/engine/policy/Like.ts"

describe("Like", () => {
  it("SEC-7 takes no longer for many stars", () => {
    assert.isFalse(isLike(`${"a*".repeat(100)}b`, "a".repeat(1_000)))
    assert.isTrue(isLike(`${"a*".repeat(100)}a`, "a".repeat(1_000)))
  })
})
