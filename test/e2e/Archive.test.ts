import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Redis } from "ioredis"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Postgres from "../storage/postgres/server.ts"
import * as RedisServer from "../storage/redis/server.ts"
import { run } from "./Commands.ts"
import { folder, simulate, start } from "./Program.ts"
import { read } from "./Summary.ts"

type Rows = ReadonlyArray<Readonly<Record<string, string>>>

/** A command's rows. */
const rows = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const done = yield* run([...args, "--json"])
  assert.strictEqual(done.code, 0, done.stderr)
  return JSON.parse(done.stdout) as Rows
})

/** Asks for everything there is to ask, of an archive that a run of `summary` filled. */
const askEverything = Effect.fnUntraced(function*(
  where: ReadonlyArray<string>,
  summary: ReturnType<typeof read>,
  directory: string
) {
  const assetId = Object.keys(summary.books.final)[0] as string
  const status = JSON.parse((yield* run(["migrate", "status", "--json", ...where])).stdout)
  assert.strictEqual(status.missing.length, 0)
  assert.match((yield* run(["migrate", "up", ...where])).stdout, /nothing to do/)
  const sizes = yield* rows("archive", "size", ...where)
  const size = (table: string) => sizes.find((row) => row["table"] === table)?.["rows"]
  assert.strictEqual(Number(size("prices")), summary.events["PriceUpdate"])
  assert.strictEqual(Number(size("book_deltas")), summary.events["OrderBookDelta"])
  assert.isAbove((yield* rows("archive", "prices", assetId, ...where)).length, 0)
  const candles = yield* rows("archive", "candles", assetId, ...where)
  assert.isAbove(candles.length, 0)
  const chart = yield* run(["archive", "candles", assetId, "--chart", ...where])
  assert.match(chart.stdout, /[█░]/)
  const book = JSON.parse((yield* run(["archive", "book", assetId, "--json", ...where])).stdout)
  // As on the wire: worst first.
  const final = summary.books.final[assetId] as unknown as Record<
    "bids" | "asks",
    ReadonlyArray<Record<string, string>>
  >
  const textsOf = (side: "bids" | "asks") => final[side].map(({ price, size }) => [price, size]).toReversed()
  assert.deepStrictEqual({ bids: book.bids, asks: book.asks }, { bids: textsOf("bids"), asks: textsOf("asks") })
  const kinds = new Set((yield* rows("archive", "actions", "--limit", "1000", ...where)).map((row) => row["kind"]))
  assert(kinds.has("start") && kinds.has("stop"))
  yield* rows("archive", "gaps", ...where)
  yield* rows("archive", "jobs", ...where)
  yield* rows("archive", "trades", assetId, ...where)
  const file = join(directory, "prices.parquet")
  assert.strictEqual((yield* run(["archive", "export", "prices", file, ...where])).code, 0)
  assert.strictEqual((yield* run(["archive", "prices", "nobody-knows-this", ...where])).code, 2)
  assert.strictEqual((yield* run(["archive", "export", "nothing", file, ...where])).code, 2)
})

describe("archive", () => {
  it.live("a run fills the embedded archive, and every question to it is answered", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const data = join(directory, "data")
      const engine = yield* start("run", "--sim", "--for", "4s", "--json", "--data", data)
      assert.strictEqual(yield* engine.exit(), 0, engine.stderr())
      yield* askEverything(["--data", data], read(engine.stdout()), directory)
    }), 60_000)

  it.live(
    "a run fills a server's archive and a Redis, and leaves nothing behind in between",
    () =>
      Effect.gen(function*() {
        const { url } = yield* Postgres.server
        const redis = yield* RedisServer.server
        const directory = yield* folder
        const data = join(directory, "data")
        const addresses = ["--database", url, "--redis", Redacted.value(redis.url)]
        const engine = yield* start("run", "--sim", "--for", "4s", "--json", "--data", data, ...addresses)
        assert.strictEqual(yield* engine.exit(), 0, engine.stderr())
        const summary = read(engine.stdout())
        assert.strictEqual(summary.archive.stored, summary.archive.accepted)
        assert.notInclude(readdirSync(data), "archive")
        yield* askEverything(["--database", url], summary, directory)
        const client = new Redis(redis.port, "127.0.0.1")
        const keys = yield* Effect.promise(() => client.keys("polymarket:orderbook:*"))
        client.disconnect()
        assert.strictEqual(keys.length, 20)
      }),
    60_000
  )

  it.live(
    "what was recorded is played again with books whose hashes hold, by a run and without one",
    () =>
      Effect.gen(function*() {
        const venue = yield* simulate("--seed", "5")
        const directory = yield* folder
        const recorder = yield* start(
          "record",
          "--endpoints",
          venue.file,
          "--top",
          "5",
          "--out",
          join(directory, "alone"),
          "--for",
          "3s"
        )
        assert.strictEqual(yield* recorder.exit(), 0, recorder.stderr())
        const files = readdirSync(join(directory, "alone")).toSorted()
        assert.match(files.join(), /^clob-market-\S+\.jsonl\.gz,clob-market-\S+\.markets\.json$/)
        const played = yield* simulate("--recording", join(directory, "alone", files[0] as string), "--speed", "3")
        const engine = yield* start(
          "run",
          "--endpoints",
          played.file,
          "--for",
          "3s",
          "--json",
          "--verify-books",
          "--data",
          join(directory, "data"),
          "--record",
          join(directory, "again")
        )
        assert.strictEqual(yield* engine.exit(), 0, engine.stderr())
        const { books } = read(engine.stdout())
        assert.isAbove(books.checked, 0)
        assert.strictEqual(books.mismatched, 0)
        assert.strictEqual(readdirSync(join(directory, "again")).length, 2)
      }),
    60_000
  )
})
