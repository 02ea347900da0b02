/**
 * The CLOB's public routes. Unknown tokens are a 404 of `GET /book` and are silently left out of `POST /books`, whose
 * answer does not keep the order of the question.
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import { summaryText } from "./BookSummary.ts"
import { json, parseJson, type Reply, type Surface } from "./Http.ts"
import type { Venue } from "./Venue.ts"

const noBook: Reply = json({ error: "No orderbook exists for the requested token id" }, 404)

/** Serves a venue's books; `now` in ms UTC. */
export const make = (venue: Venue, now: () => number): Surface => ({ body, method, path, query }) => {
  if (method === "GET") {
    if (path === "/ok" || path === "/") return json("OK")
    if (path === "/time") return json(Math.floor(now() / 1000))
    if (path === "/version") return json({ version: 2 })
    if (path === "/book") {
      const book = venue.book(query.get("token_id") ?? "")
      return book === undefined ? noBook : { status: 200, body: summaryText(book) }
    }
    if (path === "/tick-size" || path === "/neg-risk") {
      const book = venue.book(query.get("token_id") ?? "")
      if (book === undefined) return json({ error: "market not found" }, 404)
      return json(path === "/neg-risk" ? { neg_risk: book.negativeRisk } : { minimum_tick_size: Number(book.tickSize) })
    }
    const condition = /^\/clob-markets\/([^/]+)$/.exec(path)
    if (condition !== null) {
      const market = venue.market(condition[1] as string)
      return market === undefined ? json({ error: "market not found" }, 404) : json(market.clob)
    }
  }
  if (method === "POST" && path === "/books") return books(venue, body)
  return json({ error: "Not Found" }, 404)
}

const books = (venue: Venue, body: string): Reply => {
  const wanted = parseJson(body)
  if (!Array.isArray(wanted)) return json({ error: "Invalid payload" }, 400)
  if (wanted.length > 500) return json({ error: "Too many tokens in payload, max allowed: 500" }, 400)
  const found = wanted.flatMap((one: { readonly token_id?: unknown } | null) => {
    const book = venue.book(String(one?.token_id))
    return book === undefined ? [] : [book]
  })
  found.sort((a, b) => (a.assetId < b.assetId ? -1 : 1))
  return { status: 200, body: `[${found.map((book) => summaryText(book)).join(",")}]` }
}
