/**
 * The CLOB's prices of tokens: best, middle, spread, last trade, history, for one token or several. Computed from the books as they stand.
 * @see https://docs.polymarket.com/api-reference/pricing/get-market-price
 */
import { format, parse, unit } from "../domain/Micro.ts"
import type { BookSummary } from "./BookSummary.ts"
import { json, parseJson, refusal, type Reply, type Routes } from "./Http.ts"
import type { Venue } from "./Venue.ts"
import { history } from "./Walk.ts"

/** Best prices of a book; `undefined` for an empty side. */
export const topOf = (book: BookSummary): { readonly bid: number | undefined; readonly ask: number | undefined } => {
  const best = (side: string): number | undefined => {
    const price = (JSON.parse(side) as ReadonlyArray<{ readonly price: string }>).at(-1)?.price
    return price === undefined ? undefined : parse(price)
  }
  return { bid: best(book.bids), ask: best(book.asks) }
}

/** The middle of a book in millionths; half a pUSD for a book with an empty side. */
export const middleOf = (book: BookSummary): number => {
  const { ask, bid } = topOf(book)
  return bid === undefined || ask === undefined ? unit / 2 : (bid + ask) / 2
}

const most = 500
const missing = refusal("No orderbook exists for the requested token id", 404)

const spreadOf = (book: BookSummary): string => {
  const { ask = unit, bid = 0 } = topOf(book)
  return format(ask - bid)
}

/** BUY names the best bid, SELL the best ask. */
const sideOf = (book: BookSummary, side: unknown): number | undefined =>
  side === "BUY" ? topOf(book).bid : side === "SELL" ? topOf(book).ask : undefined

const lastTrade = (book: BookSummary) =>
  book.lastTradePrice === "" ? undefined : { price: format(parse(book.lastTradePrice)), side: "BUY" }

/** Serves a venue's prices. */
export const make = (options: { readonly venue: Venue; readonly seed: number; readonly now: () => number }): Routes => {
  const { now, seed, venue } = options

  const pastOf = (
    token: string,
    query: {
      readonly interval?: unknown
      readonly start?: unknown
      readonly end?: unknown
      readonly fidelity?: unknown
    }
  ) => {
    const book = venue.book(token)
    if (book === undefined) return undefined
    const seconds = Math.floor(now() / 1_000)
    const step = Math.max(1, Number(query.fidelity ?? 60)) * 60
    const from = query.start === undefined
      ? seconds - (spans[String(query.interval ?? "1d")] ?? 86_400)
      : Number(query.start)
    const to = Number(query.end ?? seconds)
    return history({ seed, token, from, to, step, last: middleOf(book) / unit, now: seconds })
  }

  const several = (body: string, rowsOf: (books: ReadonlyArray<readonly [BookSummary, unknown]>) => unknown): Reply => {
    const wanted = parseJson(body)
    if (!Array.isArray(wanted)) return refusal("Invalid payload")
    if (wanted.length > most) return refusal(`Too many tokens in payload, max allowed: ${most}`)
    return json(rowsOf(wanted.flatMap((one: { readonly token_id?: unknown; readonly side?: unknown } | null) => {
      const book = venue.book(String(one?.token_id))
      return book === undefined ? [] : [[book, one?.side] as const]
    })))
  }

  return ({ body, method, path, query }) => {
    const token = /^\/(?:tick-size|neg-risk|fee-rate)\/(\d+)$/.exec(path)?.[1] ?? query.get("token_id") ?? ""
    const single = (answer: (book: BookSummary) => Reply): Reply => {
      const book = venue.book(token)
      return book === undefined ? missing : answer(book)
    }
    switch (`${method} ${path.replace(/\/\d+$/, "")}`) {
      case "GET /price":
        return single((book) => {
          const price = sideOf(book, query.get("side"))
          return price === undefined ? refusal("Invalid side") : json({ price: format(price) })
        })
      case "POST /prices":
        return several(body, (books) => {
          const found: Record<string, Record<string, number>> = {}
          for (const [book, side] of books) {
            const price = sideOf(book, side)
            if (price !== undefined) found[book.assetId] = { ...found[book.assetId], [String(side)]: price / unit }
          }
          return found
        })
      case "GET /midpoint":
        return single((book) => json({ mid: format(middleOf(book)) }))
      case "POST /midpoints":
        return several(
          body,
          (books) => Object.fromEntries(books.map(([book]) => [book.assetId, format(middleOf(book))]))
        )
      case "GET /spread":
        return single((book) => json({ spread: spreadOf(book) }))
      case "POST /spreads":
        return several(body, (books) => Object.fromEntries(books.map(([book]) => [book.assetId, spreadOf(book)])))
      case "GET /last-trade-price":
        return single((book) => json(lastTrade(book) ?? { price: "0.5", side: "" }))
      case "POST /last-trades-prices":
        return several(body, (books) =>
          books.flatMap(([book]) => {
            const last = lastTrade(book)
            return last === undefined ? [] : [{ token_id: book.assetId, ...last }]
          }))
      case "GET /tick-size":
        return single((book) => json({ minimum_tick_size: Number(book.tickSize) }))
      case "GET /neg-risk":
        return single((book) => json({ neg_risk: book.negativeRisk }))
      case "GET /fee-rate":
        return single(() => json({ base_fee: 1000 }))
      case "GET /prices-history": {
        const market = query.get("market")
        if (market === null) return refusal("market is required")
        const past = pastOf(market, {
          interval: query.get("interval") ?? undefined,
          start: query.get("startTs") ?? undefined,
          end: query.get("endTs") ?? undefined,
          fidelity: query.get("fidelity") ?? undefined
        })
        return json({ history: past ?? [] })
      }
      case "POST /batch-prices-history": {
        const given = (parseJson(body) ?? {}) as Readonly<Record<string, unknown>>
        const markets = given["markets"]
        if (!Array.isArray(markets) || markets.length > 20) return refusal("expected at most 20 markets")
        const past = {
          interval: given["interval"],
          start: given["start_ts"],
          end: given["end_ts"],
          fidelity: given["fidelity"]
        }
        return json({
          history: Object.fromEntries(markets.map((one) => [String(one), pastOf(String(one), past) ?? []]))
        })
      }
      default:
        return undefined
    }
  }
}

/** Lengths of intervals, s. */
const spans: Readonly<Record<string, number>> = {
  "1h": 3_600,
  "6h": 21_600,
  "1d": 86_400,
  "1w": 604_800,
  "1m": 2_592_000,
  max: 2_592_000,
  all: 2_592_000
}
