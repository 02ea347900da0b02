/**
 * A process that follows the state over the Redis of the URL given and looks all the time whether what it is served may be believed. Writes a line of
 * JSON several times a second, see `Told.ts`.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, Redacted } from "effect"
import process from "node:process"
import { StateManager } from "../../../src/engine/StateManager.ts"
import * as StateReplica from "../../../src/storage/redis/StateReplica.ts"
import { asset } from "../../suites/stateManagerSuite.ts"
import { type Followed, hot } from "./Told.ts"

/** Every hot asset changes six times a second: a price this old, ms, was missed, and nobody may believe it any more. */
const tooOld = 5_000

const program = Effect.gen(function*() {
  const state = yield* StateManager
  let stale = 0
  let looks = 0
  let told = 0
  while (true) {
    let known = 0
    let oldestId = Infinity
    const now = Date.now()
    for (let index = 0; index < hot; index++) {
      const price = state.price(asset(index))
      looks++
      oldestId = Math.min(oldestId, price?.id ?? 0)
      if (price === undefined) continue
      known++
      if (now - price.receivedAt > tooOld) stale++
    }
    if (performance.now() - told > 100) {
      told = performance.now()
      const followed: Followed = { known, oldestId, stale, looks }
      process.stdout.write(`${JSON.stringify(followed)}\n`)
    }
    yield* Effect.sleep("5 millis")
  }
}).pipe(Effect.provide(StateReplica.layer(Redacted.make(process.argv[2] ?? ""))))

await Effect.runPromise(program)
