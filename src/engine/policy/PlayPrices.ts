/**
 * The log of recorded prices of one symbol, `feed_ts_ms,value,full_accuracy_value,…` with a header, as Chainlink's prices came: event time is
 * the feed's, one-second ticks between, at equal times the tick first. The file's name holds the symbol, such as `chainlink-btcusd-2026.csv.gz`. Pure.
 */
import { Result } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import * as Decimal from "../../domain/Decimal.ts"
import { nextSecond } from "../ingestor/ClockIngestor.ts"
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import { longestRecording } from "./PlayRecording.ts"
import type { Log } from "./PolicyTests.ts"

const source = "rtds-chainlink"
const scale = 18
const rowPattern = /^(\d{1,16}),(\d+(?:\.\d+)?),(\d{1,64})?(?:,|$)/

/** Plays the text of recorded prices; `name` is the file's. */
export const playPrices = (text: string, name: string): Result.Result<Log, string> => {
  const symbol = /([a-z0-9]+?)usdt?(?![a-z])/i.exec(name)?.[1]?.toUpperCase()
  if (symbol === undefined) return Result.fail("expected a name with a symbol, such as chainlink-btcusd-2026.csv")
  const rows: Array<{ readonly at: number; readonly price: Decimal.Decimal }> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (index === 0 || line.trim() === "") continue
    const [, at, value = "", exact] = rowPattern.exec(line.trimEnd()) ?? []
    const price = exact === undefined ? Decimal.fromText(value) : Decimal.fromScaled(BigInt(exact), scale)
    if (at === undefined || price === undefined) {
      return Result.fail(`line ${index + 1}: expected feed_ts_ms,value,full_accuracy_value`)
    }
    rows.push({ at: Number(at), price })
  }
  rows.sort((a, b) => a.at - b.at)
  const [first] = rows
  if (first === undefined) return Result.fail("expected a row below the header")
  if ((rows[rows.length - 1] ?? first).at - first.at > longestRecording) return Result.fail("expected at most 31 days")
  const events: Array<MarketEvent> = []
  const stamp = (at: number) => ({ id: events.length + 1 as EventId, time: at, receivedAt: at })
  const assetId = symbol as AssetId
  let due = nextSecond(first.at)
  for (const { at, price } of rows) {
    for (; due <= at; due += 1_000) {
      events.push({ ...stamp(due), _tag: "Tick", source: "clock", kind: "clock", name: "second" })
    }
    events.push({ ...stamp(at), _tag: "PriceUpdate", source, assetId, price })
  }
  return Result.succeed({
    markets: [],
    events,
    naming: { start: first.at, assetOf: (name) => name as AssetId, nameOf: (assetId) => assetId }
  })
}
