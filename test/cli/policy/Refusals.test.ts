import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { policyCommand } from "../../../src/cli/Policy.ts"

/** What a wrong use is told, with its exit code. */
const refusal = (...args: ReadonlyArray<string>) =>
  Command.runWith(policyCommand, { version: "test" })(args).pipe(
    Effect.flip,
    Effect.map((error) => "code" in error ? `${error.code} ${error.message}` : String(error)),
    Effect.provide(NodeServices.layer)
  )

describe("The commands on policies", () => {
  it.effect("refuse a time to come, a firing without letters, and a reason that is too long, in words", () =>
    Effect.gen(function*() {
      const data = ["--data", "/nonexistent"]
      assert.match(yield* refusal("why", "x", "--at", "1970-01-02", ...data), /^2 .*1970-01-02, which is in the future/)
      assert.match(yield* refusal("why", "--firing", "", ...data), /^2 .*found nothing/)
      const reason = "x".repeat(501)
      assert.match(yield* refusal("disable", "x", "--reason", reason, ...data), /^2 .*at most 500 letters, found 501/)
    }))
})
