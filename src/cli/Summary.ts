/** What a run did, as other programs read it (`--json`) and as people do. Counts are numbers, money is decimal text. */
import { Effect } from "effect"
import * as Micro from "../domain/Micro.ts"
import * as OrderBook from "../domain/OrderBook.ts"
import { Archiver } from "../engine/Archiver.ts"
import { Dispatcher } from "../engine/Dispatcher.ts"
import type { Feeds } from "../engine/ingestor/All.ts"
import { PolicyEngine } from "../engine/PolicyEngine.ts"
import { Portfolio } from "../engine/Portfolio.ts"
import { StateManager } from "../engine/StateManager.ts"

const unconnected = { status: "connecting", reconnects: 0, gaps: 0, stale: 0, malformed: 0 } as const

/** Takes stock of a run; `feeds` are absent until the markets were chosen. */
export const summarize = Effect.fnUntraced(function*(feeds: Feeds | undefined) {
  const dispatcher = yield* Dispatcher
  const policies = yield* PolicyEngine
  const account = yield* Portfolio
  const state = yield* StateManager
  const archiver = yield* Archiver
  const { accepted, poison, spilled, stored } = yield* archiver.stats
  const { checked, mismatched, resynced } = feeds?.clob.books() ?? { checked: 0, mismatched: 0, resynced: 0 }
  const { gaps, malformed, reconnects, stale, status } = feeds?.clob.stats() ?? unconnected
  const { fills, orders } = account.counts()
  const pnl = account.profitAndLoss((assetId) => {
    const entry = state.orderBook(assetId)
    return entry === undefined ? undefined : OrderBook.bestBid(entry.book)
  })
  const { histogram } = dispatcher.latency
  return {
    events: dispatcher.events(),
    archive: { accepted, stored, spilled, poison },
    consumers: dispatcher.counts(),
    books: { checked, mismatched, resynced, final: feeds?.clob.finalBooks() ?? {} },
    feeds: { clob: { status, reconnects, gaps, stale, malformed } },
    firings: policies.firings(),
    orders,
    fills,
    pnl: {
      realized: Micro.format(pnl.realized),
      unrealized: Micro.format(pnl.unrealized),
      fees: Micro.format(pnl.fees)
    },
    latencyMs: { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99) }
  }
})

/** A run's stock. */
export type Summary = Effect.Success<ReturnType<typeof summarize>>

const counts = (record: Readonly<Record<string, number>>): string => {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? "none" : entries.map(([name, count]) => `${name} ${count}`).join(", ")
}

/** The summary for people. */
export const describe = (summary: Summary): string => {
  const { archive, books, consumers, events, feeds, fills, firings, latencyMs, orders, pnl } = summary
  const lines: Array<readonly [string, string]> = [
    ["Events", counts(events)],
    [
      "Archive",
      `${archive.stored} of ${archive.accepted} stored, ${archive.spilled} spilled, ${archive.poison} put aside`
    ],
    ["Books", `${books.checked} hashes checked, ${books.mismatched} broken, ${books.resynced} resynced`],
    [
      "Feed",
      `${feeds.clob.status}, ${feeds.clob.reconnects} reconnects, ${feeds.clob.gaps} gaps, ${feeds.clob.stale} stale, ` +
      `${feeds.clob.malformed} messages malformed`
    ],
    ["Firings", counts(firings)],
    ["Orders", counts(orders)],
    ["Fills", String(fills)],
    ["Result", `${pnl.realized} realized, ${pnl.unrealized} unrealized, ${pnl.fees} fees (pUSD)`],
    ["Latency", `p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms from frame to decision`],
    ...Object.entries(consumers).map(([name, one]): readonly [string, string] => [
      `Queue ${name}`,
      `${one.delivered} of ${one.offered} delivered, ${one.dropped} dropped, ${one.conflated} conflated, ${one.spilled} spilled`
    ])
  ]
  return lines.map(([name, text]) => `${name.padEnd(15)} ${text}`).join("\n")
}

/** One line on how the run is doing. `perSecond`: events since the line before. */
export const statusLine = (summary: Summary, perSecond: number): string => {
  const { archive, feeds, fills, firings, latencyMs, orders, pnl } = summary
  const total = (record: Readonly<Record<string, number>>) =>
    Object.values(record).reduce((sum, count) => sum + count, 0)
  return `${feeds.clob.status}, ${perSecond} events/s, ${archive.stored} stored, ` +
    `${total(firings)} firings, ${total(orders)} orders, ${fills} fills, ` +
    `result ${pnl.realized} + ${pnl.unrealized} - ${pnl.fees} fees, p99 ${latencyMs.p99} ms`
}
