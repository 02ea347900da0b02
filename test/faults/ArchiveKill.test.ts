import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { EventStore } from "../../src/engine/EventStore.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { mixture } from "../suites/arbitraryEvents.ts"

const child = join(import.meta.dirname, "archiveChild.ts")

/** Places of one round start this far from those of the round before. */
const roundSize = 1_000_000

interface Round {
  /** Generated events whose spool append had returned. */
  readonly accepted: number
  readonly ready: boolean
  readonly code: number | null
  readonly counts: string | undefined
}

/** Runs the child until it ends, or kills it `killAfter` ms after it is ready (before that when negative). */
const runChild = (folder: string, first: number, count: number, killAfter: number | undefined): Promise<Round> =>
  new Promise((resolve, reject) => {
    const engine = spawn(process.execPath, ["--import", "tsx", child, folder, String(first), String(count)], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let accepted = 0
    let ready = false
    let counts: string | undefined
    const kill = (after: number) => setTimeout(() => engine.kill("SIGKILL"), after)
    if (killAfter !== undefined && killAfter < 0) kill(-killAfter)
    const lines = createInterface({ input: engine.stdout })
    lines.on("line", (line) => {
      const [word, from, howMany] = line.split(" ")
      if (word === "ready") {
        ready = true
        if (killAfter !== undefined && killAfter >= 0) kill(killAfter)
      } else if (word === "accepted" && Number(from) === first + accepted) accepted += Number(howMany)
      else if (word === "counts") counts = line.slice(7)
    })
    engine.on("error", reject)
    void Promise.all([once(engine, "exit"), once(lines, "close")]).then(([[code]]) =>
      resolve({ accepted, ready, code: code as number | null, counts })
    )
  })

/** A sequence of numbers below `bound` that a seed fixes. */
const seeded = (seed: number) => {
  let state = seed
  return (bound: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % bound
  }
}

describe("Archive under kill -9", () => {
  it.live("ARC-1 nothing accepted is lost, nothing is stored twice", () =>
    Effect.gen(function*() {
      const seed = 20_261_122
      const random = seeded(seed)
      const folder = temporaryFolder()
      // The first kill hits the making of the database.
      const moments = [-(1500 + random(1000)), ...Array.from({ length: 5 }, () => 200 + random(2500))]
      const rounds: Array<Round> = []
      for (const [index, moment] of moments.entries()) {
        const round = yield* Effect.promise(() => runChild(folder, index * roundSize, roundSize, moment))
        assert.strictEqual(round.code, null, `round ${index} was killed (seed ${seed})`)
        rounds.push(round)
      }
      assert.isAbove(rounds.filter((round) => round.accepted > 300).length, 3, `rounds got going (seed ${seed})`)

      const final = yield* Effect.promise(() => runChild(folder, moments.length * roundSize, 600, undefined))
      assert.strictEqual(final.code, 0)
      rounds.push(final)
      const counts = JSON.parse(final.counts ?? "{}") as { accepted: number; stored: number; recovered: number }
      assert.deepStrictEqual([counts.accepted, counts.stored], [600, 600])
      assert.isFalse(existsSync(join(folder, "engine.lock")))
      assert.isFalse(existsSync(join(folder, "poison")))
      assert.strictEqual(readdirSync(join(folder, "spool")).filter((name) => name.endsWith(".spool")).length, 1)

      yield* Effect.gen(function*() {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const stored = yield* Stream.runCollect(store.replay)
        const ids = new Set(stored.map((event) => event.id))
        assert.strictEqual(ids.size, stored.length, `doubled (seed ${seed})`)
        const rows = yield* sql.unsafe<{ n: bigint }>(
          "select (select count(*) from prices) + (select count(*) from trades) + (select count(*) from book_snapshots) as n"
        )
        assert.strictEqual(Number(rows[0]?.n), stored.length)
        let accepted = 0
        for (const [index, round] of rounds.entries()) {
          const lost = mixture(round.accepted, index * roundSize).filter((event) => !ids.has(event.id))
          assert.strictEqual(lost.length, 0, `lost in round ${index} (seed ${seed})`)
          accepted += round.accepted
        }
        assert.isAtLeast(stored.length, accepted)
        const all = new Map(rounds.flatMap((round, index) =>
          mixture(round.accepted + 100, index * roundSize).map((event) => [event.id, event] as const)
        ))
        for (const event of stored) {
          assert.deepStrictEqual(event, all.get(event.id))
        }
        yield* Effect.log(`accepted ${accepted}, stored ${stored.length}, recovered at the end ${counts.recovered}`)
      }).pipe(Effect.provide(Archive.layerPglite(join(folder, "archive"))))
    }), 180_000)
})
