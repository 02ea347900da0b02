/**
 * What takes too long for every change: hundreds of kills of the engine, and kills and a long outage of its database, at 3,000 events a second. Prints
 * what each came to and ends with `N passed, N failed`.
 *
 * Usage: npm run soak -- [MINUTES] [--kills N] [--database-kills N] [--outage SECONDS]. Without MINUTES once; with them again and again until they are
 * over, each time with another seed.
 */
import { Effect, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import * as Archive from "../../src/storage/Archive.ts"
import { auditIds } from "../faults/archive/Audit.ts"
import { engine, ready } from "../faults/archive/Engine.ts"
import { killEngine, killServer } from "../faults/archive/Kills.ts"
import { programs, server } from "../storage/postgres/server.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "200" },
    "database-kills": { type: "string", default: "20" },
    outage: { type: "string", default: "0" },
    seed: { type: "string", default: "1" }
  }
})

const number = (text: string): number => {
  const value = Number(text)
  if (text === "" || !Number.isSafeInteger(value) || value < 0) {
    throw new Error(`expected a whole number, found ${text}`)
  }
  return value
}

/** Kills of the engine with one data folder. */
const together = 50

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** A folder for what an engine keeps, gone afterwards. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "polymarket-hft-soak-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

let passed = 0
let failed = 0

/** Runs a step, prints what it came to, and counts it by whether anything accepted was lost, doubled or altered. */
const step = Effect.fnUntraced(function*<E, R>(
  name: string,
  run: Effect.Effect<
    { readonly lost: number; readonly doubled: number; readonly altered?: number; readonly uncovered?: number },
    E,
    R
  >
) {
  const began = performance.now()
  const exit = yield* Effect.exit(run)
  const seconds = Math.round((performance.now() - began) / 1_000)
  if (exit._tag === "Failure") {
    failed++
    return print(`${name}: failed after ${seconds} s: ${String(exit.cause)}`)
  }
  const { altered = 0, doubled, lost, uncovered = 0 } = exit.value
  if (lost + doubled + altered + uncovered === 0) passed++
  else failed++
  print(`${name}: ${JSON.stringify(exit.value)} in ${seconds} s`)
})

/** The database stopped for a while under load; how long it took to catch up, and whether all is there. */
const outage = Effect.fnUntraced(function*(seconds: number) {
  const postgres = yield* server
  const rate = 3_000
  const run = yield* engine({ folder: yield* folder, url: postgres.url, first: 0, rate, digests: false })
  yield* ready(run)
  yield* Effect.sleep("5 seconds")
  yield* postgres.stop
  yield* Effect.sleep(`${seconds} seconds`)
  yield* postgres.start
  const began = performance.now()
  while (run.backlog > 2 * rate && performance.now() - began < 4 / 3 * seconds * 1_000) {
    yield* Effect.sleep("100 millis")
  }
  const caughtUpSeconds = Math.round((performance.now() - began) / 1_000)
  const code = yield* Effect.promise(() => run.drain())
  if (code !== 0) return yield* Effect.die(new Error(`the engine ended with ${code}\n${run.stderr}`))
  const found = yield* auditIds([run]).pipe(Effect.provide(Archive.layerServer({ url: Redacted.make(postgres.url) })))
  return { ...found, caughtUpSeconds }
}, Effect.scoped)

const once = Effect.fnUntraced(function*(seed: number) {
  for (let left = number(values.kills), part = 0; left > 0; left -= together, part++) {
    const kills = Math.min(left, together)
    yield* step(
      `${kills} kills of the engine, seed ${seed + part}`,
      Effect.scoped(Effect.flatMap(folder, (path) => killEngine(path, kills, seed + part)))
    )
  }
  const databaseKills = number(values["database-kills"])
  if (databaseKills > 0) {
    yield* step(
      `${databaseKills} kills of the database, seed ${seed}`,
      Effect.scoped(Effect.gen(function*() {
        return yield* killServer(yield* folder, databaseKills, seed, yield* server)
      }))
    )
  }
  const seconds = number(values.outage)
  if (seconds > 0) yield* step(`the database stopped for ${seconds} s`, outage(seconds))
})

if (programs === undefined) throw new Error("PostgreSQL is not installed")
const end = performance.now() + number(positionals[0] ?? "0") * 60_000
await Effect.runPromise(Effect.gen(function*() {
  let seed = number(values.seed)
  do {
    yield* once(seed)
    seed += 1_000
  } while (performance.now() < end)
}))
print(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
