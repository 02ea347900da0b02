import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { programs, server } from "../storage/postgres/server.ts"
import { killEngine, killServer, type Outcome } from "./archive/Kills.ts"

const seed = 20_261_122

const isWhole = (outcome: Outcome) => {
  const { altered, doubled, lost, poisoned, segments, uncovered } = outcome
  assert.deepStrictEqual(
    { lost, doubled, altered, uncovered, poisoned, segments },
    { lost: 0, doubled: 0, altered: 0, uncovered: 0, poisoned: false, segments: 1 },
    `seed ${seed}: ${JSON.stringify(outcome)}`
  )
  assert.isAtLeast(outcome.stored, outcome.accepted)
}

describe("Archive under kill -9", () => {
  it.live(
    "ARC-1 forty kills of the engine lose nothing, double nothing, and leave a gap row each",
    () =>
      Effect.gen(function*() {
        const outcome = yield* killEngine(temporaryFolder(), 40, seed)
        yield* Effect.log(JSON.stringify(outcome))
        isWhole(outcome)
        // They hit what they were meant to.
        assert.isAtLeast(outcome.behind, 20)
        assert.isAtLeast(outcome.early, 1)
        assert.isAbove(outcome.recovered, 0)
        assert.isAbove(outcome.accepted, 10_000)
      }),
    600_000
  )

  // Nowhere else may it be missing.
  describe.skipIf(programs === undefined && process.env["CI"] !== "true")("on a server", () => {
    it.live("ARC-1 the same with the archive on a server", () =>
      Effect.gen(function*() {
        const { url } = yield* server
        const outcome = yield* killEngine(temporaryFolder(), 10, seed + 1, url)
        yield* Effect.log(JSON.stringify(outcome))
        isWhole(outcome)
        assert.isAtLeast(outcome.behind, 5)
      }).pipe(Effect.scoped), 600_000)

    it.live(
      "ARC-3 twenty kills of the server in the middle of batches lose nothing and double nothing",
      () =>
        Effect.gen(function*() {
          const outcome = yield* killServer(temporaryFolder(), 20, seed + 2, yield* server)
          yield* Effect.log(JSON.stringify(outcome))
          isWhole(outcome)
          assert.isAtLeast(outcome.behind, 15)
        }).pipe(Effect.scoped),
      600_000
    )
  })
})
