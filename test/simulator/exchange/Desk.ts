/** A desk with funded wallets and one market, for tests; outcome 0 is token "yes". */
import { make as makeAccounts } from "../../../src/simulator/Accounts.ts"
import type { Level } from "../../../src/simulator/exchange/BookOrder.ts"
import {
  type DeskEvent,
  type DeskOrder,
  type MarketChange,
  type TradedMarket,
  untouched
} from "../../../src/simulator/exchange/DeskOrder.ts"
import * as Ledger from "../../../src/simulator/Ledger.ts"
import { OrderDesk } from "../../../src/simulator/OrderDesk.ts"
import { Wallets } from "../../../src/simulator/Wallets.ts"

export const unit = 1_000_000
export const cent = 10_000
export const pUsd = 10_000 * unit

export const makeDesk = (more: Partial<TradedMarket> = {}, funds = pUsd) => {
  const accounts = makeAccounts(1)
  const wallets = new Wallets([])
  for (const { funder } of accounts) wallets.deposit(funder, funds)
  const time = { now: 1_790_000_000_000 }
  const lines: Array<string> = []
  const changes: Array<MarketChange> = []
  const events: Array<DeskEvent & { readonly status: string }> = []
  const desk = new OrderDesk({
    seed: 1,
    now: () => time.now,
    wallets,
    ledger: Ledger.inMemory(lines, () => time.now, time.now)
  })
  desk.tell = (event) =>
    events.push({ ...event, status: event.kind === "TRADE" ? event.trade.status : event.order.status })
  const market: TradedMarket = {
    conditionId: "0xm",
    assetIds: ["yes", "no"],
    outcomes: ["Yes", "No"],
    negativeRisk: false,
    version: "v1",
    minimumSize: 5 * unit,
    tickSize: () => cent,
    fee: { rate: 0.05, exponent: 1 },
    hold: 0,
    answersDelayed: false,
    changed: (change) => changes.push(change),
    ...more
  }
  desk.list(market)
  const makers = accounts.map(({ funder }) => funder as string) as [string, string, string, string]
  let count = 0
  /** An order of the user at that place, a buy of 20 Yes at 0.45 unless said otherwise. */
  const order = (user: number, of: Partial<DeskOrder> = {}): DeskOrder => {
    const outcome = of.outcome ?? 0
    return {
      id: `0x${++count}`,
      apiKey: `key ${user}`,
      maker: makers[user] as string,
      market: "0xm",
      assetId: outcome === 0 ? "yes" : "no",
      outcome,
      outcomeName: outcome === 0 ? "Yes" : "No",
      side: "BUY",
      price: 45 * cent,
      size: 20 * unit,
      type: "GTC",
      postOnly: false,
      expiration: 0,
      createdAt: 0,
      ...untouched(),
      ...of
    }
  }
  /** Lets every trade come to its end. */
  const confirm = () => {
    time.now += 5_000
    desk.settle()
  }
  const written = () => lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  return { changes, confirm, desk, events, lines, makers, order, time, wallets, written }
}

/** Levels from outside that a test may change. */
export const outsideBook = () => {
  const book: { bids: ReadonlyArray<Level>; asks: ReadonlyArray<Level> } = {
    bids: [{ price: 40 * cent, size: 50 * unit }, { price: 30 * cent, size: 100 * unit }],
    asks: [{ price: 50 * cent, size: 50 * unit }, { price: 60 * cent, size: 100 * unit }]
  }
  return { book, depth: (side: "bids" | "asks") => book[side] }
}
