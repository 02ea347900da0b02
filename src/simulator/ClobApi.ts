/**
 * The CLOB's books and its facts about itself and a market. Unknown tokens are a 404 of `GET /book` and are silently left out of `POST /books`,
 * whose answer does not keep the order of the question.
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import { summaryText } from "./BookSummary.ts"
import { json, parseJson, refusal, type Reply, type Routes } from "./Http.ts"
import type { Venue } from "./Venue.ts"

const noBook = refusal("No orderbook exists for the requested token id", 404)

/** Serves a venue's books; `now` in ms UTC. */
export const make = (venue: Venue, now: () => number): Routes => ({ body, method, path, query }) => {
  if (method === "GET") {
    // Documented with a query, refused by the venue.
    if (path === "/books") return refusal("Invalid payload")
    if (path === "/ok" || path === "/") return json("OK")
    if (path === "/time") return json(Math.floor(now() / 1000))
    if (path === "/version") return json({ version: 2 })
    if (path === "/book") {
      const book = venue.book(query.get("token_id") ?? "")
      return book === undefined ? noBook : { status: 200, body: summaryText(book) }
    }
    const condition = /^\/clob-markets\/([^/]+)$/.exec(path)
    if (condition !== null) {
      const market = venue.market(condition[1] as string)
      return market === undefined ? refusal("market not found", 404) : json(market.clob)
    }
  }
  return method === "POST" && path === "/books" ? books(venue, body) : undefined
}

const books = (venue: Venue, body: string): Reply => {
  const wanted = parseJson(body)
  if (!Array.isArray(wanted)) return refusal("Invalid payload")
  if (wanted.length > 500) return refusal("Too many tokens in payload, max allowed: 500")
  const found = wanted.flatMap((one: { readonly token_id?: unknown } | null) => {
    const book = venue.book(String(one?.token_id))
    return book === undefined ? [] : [book]
  })
  found.sort((a, b) => (a.assetId < b.assetId ? -1 : 1))
  return { status: 200, body: `[${found.map((book) => summaryText(book)).join(",")}]` }
}
