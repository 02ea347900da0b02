import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { HoldRecord } from "../../src/engine/Journal.ts"
import { journaled } from "../e2e/DataFolder.ts"
import { eventually, folder, simulate, start } from "../e2e/Program.ts"

const length = 16_000

const policies = `policies:
  - id: lasting
    for: 16s
    conditions: { field: bid, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: "{{ event.asset }}" }]
`

const nameOf = ({ assetId, since }: HoldRecord): string => `${assetId} since ${since}`

describe("Policies with `for` under kill -9", () => {
  it.live(
    "POL-3 fire when their time is full, counted from before the kill, and once per hold",
    () =>
      Effect.gen(function*() {
        const at = yield* folder
        const data = join(at, "data")
        writeFileSync(join(at, "lasting.yaml"), policies)
        const venue = yield* simulate("--rate", "200", "--markets", "4", "--seed", "7")
        const begin = start("run", "--endpoints", venue.file, "--top", "4", "--data", data, "--policies", at)
        const holds = () => journaled(data).filter((record) => record._tag === "Hold")

        /** Runs until a hold is noted that fits, then kills. */
        const killOnce = Effect.fnUntraced(function*(what: string, fits: (hold: HoldRecord) => boolean) {
          const program = yield* begin
          const found = yield* eventually(
            what,
            Effect.sync(() => holds().find(fits)),
            (hold) => hold !== undefined,
            60
          )
          yield* program.kill("SIGKILL")
          assert.strictEqual(yield* program.exit(), null, program.stderr())
          return found as HoldRecord
        }, Effect.scoped)

        const first = yield* killOnce("a hold of ten seconds", ({ state }) => state === "holding")
        assert.strictEqual(journaled(data).filter(({ _tag }) => _tag === "Firing").length, 0)
        const restartedAt = yield* Clock.currentTimeMillis
        const fired = yield* killOnce(
          "a firing for a hold from before the kill",
          ({ runId, since, state }) => runId !== first.runId && state === "full" && since <= first.receivedAt
        )
        assert.isAtLeast(fired.receivedAt, fired.since + length)
        assert.isBelow(fired.receivedAt, restartedAt + length)
        const again = yield* killOnce(
          "the same hold, known to have fired",
          ({ runId, since, state }) =>
            runId !== first.runId && runId !== fired.runId && state === "full" && since <= first.receivedAt
        )
        assert.isBelow(again.since, restartedAt)

        // A hold is noted as full with its firing; a run that takes it over notes it as well, and does not fire.
        const records = journaled(data)
        const fullWith = records.flatMap((record, index) => {
          const hold = records[index + 1]
          return record._tag === "Firing" && hold?._tag === "Hold" ? [nameOf(hold)] : []
        })
        assert.strictEqual(fullWith.length, records.filter(({ _tag }) => _tag === "Firing").length)
        assert.isAbove(fullWith.length, 0)
        assert.deepStrictEqual(fullWith.length, new Set(fullWith).size, "a hold that fired twice")
      }),
    150_000
  )
})
