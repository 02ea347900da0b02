/**
 * A recording of the prices of one symbol, played from the start of the simulator: rows of `feed_ts_ms,value,full_accuracy_value,…` with a header,
 * as Chainlink's prices came. Before its first row stands the first price, after its last the last. Two rows of one time: the later one corrects.
 */
import { Effect, FileSystem, type PlatformError, Schema } from "effect"
import { basename } from "node:path"
import { gunzipSync } from "node:zlib"
import { type PricePoint, symbolOf } from "./Prices.ts"

/** The file holds no prices. */
export class PriceRecordingError extends Schema.TaggedError<PriceRecordingError>()("PriceRecordingError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file} cannot be played: ${this.detail}`
  }
}

/** A recording under way; times in ms UTC, as the simulator's clock tells them. */
export interface PriceRecording {
  /** Such as "btc". */
  readonly symbol: string
  readonly at: (time: number) => PricePoint
  /** The rows after one time and until another. */
  readonly between: (after: number, until: number) => ReadonlyArray<PricePoint>
}

interface Row {
  readonly time: number
  readonly value: number
  readonly exact: string
}

const rowPattern = /^(\d{1,16}),(\d+(?:\.\d+)?),(\d{1,64})(?:,|$)/

/** The rows of a text; the number of the first line that is none, from 1. */
export const parse = (text: string): ReadonlyArray<Row> | number => {
  const rows: Array<Row> = []
  const lines = text.split("\n")
  for (let index = 1; index < lines.length; index++) {
    const line = (lines[index] as string).trimEnd()
    if (line === "") continue
    const [, time, value, exact = ""] = rowPattern.exec(line) ?? []
    if (time === undefined) return index + 1
    rows.push({ time: Number(time), value: Number(value), exact })
  }
  return rows.sort((a, b) => a.time - b.time)
}

/** Plays rows; `startedAt` is when the first is told, `speed` how many times faster than recorded. */
export const make = (options: {
  readonly symbol: string
  readonly rows: ReadonlyArray<Row>
  readonly startedAt: number
  readonly speed: number
}): PriceRecording => {
  const { rows, speed, startedAt, symbol } = options
  const first = (rows[0] as Row).time
  const toldAt = (row: Row): number => startedAt + Math.round((row.time - first) / speed)
  const pointOf = (row: Row): PricePoint => ({ at: toldAt(row), value: row.value, exact: BigInt(row.exact) })

  /** How many rows have been told by a time. */
  const countAt = (time: number): number => {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (toldAt(rows[middle] as Row) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    symbol,
    at: (time) => pointOf(rows[Math.max(0, countAt(time) - 1)] as Row),
    between: (after, until) => rows.slice(countAt(after), countAt(until)).map(pointOf)
  }
}

/** Reads a file, gzipped or not, whose name holds the symbol, such as `chainlink-btcusd-2026-07-24.csv.gz`. */
export const load = Effect.fnUntraced(
  function*(options: {
    readonly file: string
    readonly startedAt: number
    readonly speed: number
  }): Effect.fn.Return<PriceRecording, PriceRecordingError | PlatformError.PlatformError, FileSystem.FileSystem> {
    const { file } = options
    const fail = (detail: string) => Effect.fail(new PriceRecordingError({ file, detail }))
    const bytes = yield* (yield* FileSystem.FileSystem).readFile(file)
    const text = yield* Effect.try({
      try: () => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : Buffer.from(bytes)).toString(),
      catch: (cause) => new PriceRecordingError({ file, detail: String(cause) })
    })
    const written = /([a-z0-9]+)usdt?(?![a-z])/i.exec(basename(file))?.[1]
    if (written === undefined) return yield* fail("expected a name with a symbol, such as chainlink-btcusd-2026.csv")
    const rows = parse(text)
    if (typeof rows === "number") return yield* fail(`line ${rows}: expected feed_ts_ms,value,full_accuracy_value`)
    if (rows.length === 0) return yield* fail("expected a row below the header")
    return make({ ...options, symbol: symbolOf(written), rows })
  }
)
