/**
 * Gamma's market routes: keyset and offset paging, order, filters, one market by id or slug.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { json, listOf, parseJson, type Reply, type Request, type Routes } from "./Http.ts"
import type { Venue, VenueMarket } from "./Venue.ts"

const invalid = (error: string): Reply => json({ type: "validation error", error }, 422)

const missing: Reply = json({ type: "not found error", error: "id not found" }, 404)

/** JSON fields a list may be ordered by. */
const orders = new Set([
  "id",
  "slug",
  "question",
  "startDate",
  "endDate",
  "createdAt",
  "updatedAt",
  "volume",
  "liquidity",
  "volumeNum",
  "liquidityNum",
  "volume24hr",
  "volume1wk",
  "lastTradePrice",
  "bestBid",
  "bestAsk",
  "spread"
])

/** Serves a venue's markets. */
export const make = (venue: Venue): Routes => (request) => {
  const { body, method, path, query } = request
  if (method === "POST" && (path === "/markets/information" || path === "/markets/abridged")) {
    return picked(venue, body, path === "/markets/abridged")
  }
  if (method !== "GET") return undefined
  if (path === "/markets/keyset") return keyset(venue, request)
  if (path === "/markets") return legacy(venue, query)
  const bySlug = /^\/markets\/slug\/([^/]+)$/.exec(path)
  if (bySlug !== null) return one(venue, "slug", decodeURIComponent(bySlug[1] as string))
  const byId = /^\/markets\/(\d+)$/.exec(path)
  return byId === null ? undefined : one(venue, "id", byId[1] as string)
}

const one = (venue: Venue, field: "id" | "slug", value: string): Reply => {
  const market = venue.markets().find((each) => each.gamma[field] === value)
  return market === undefined ? missing : json(market.gamma)
}

/** Markets that fit every list of a body; lists it does not have fit all. */
const picked = (venue: Venue, body: string, isAbridged: boolean): Reply => {
  const given = parseJson(body)
  if (typeof given !== "object" || given === null) return invalid("body is not valid")
  const asked = given as Readonly<Record<string, unknown>>
  const wanted = (name: string): ReadonlySet<string> | undefined =>
    Array.isArray(asked[name]) ? new Set(asked[name].map(String)) : undefined
  const [ids, slugs, conditions, tokens] = ["id", "slug", "conditionIds", "clobTokenIds"].map(wanted)
  const isClosed = asked["closed"]
  return json(
    venue.markets().filter(({ assetIds, closed, conditionId, gamma }) =>
      (typeof isClosed !== "boolean" || closed === isClosed) &&
      (ids?.has(String(gamma["id"])) ?? true) &&
      (slugs?.has(String(gamma["slug"])) ?? true) &&
      (conditions === undefined || conditions.has(conditionId) || conditions.has(String(gamma["conditionId"]))) &&
      (tokens === undefined || assetIds.some((assetId) => tokens.has(assetId)))
    ).map(({ gamma }) => {
      const { description: _, ...abridged } = gamma
      return isAbridged ? abridged : gamma
    })
  )
}

const keyset = (venue: Venue, { query }: Request): Reply => {
  if (query.has("offset")) return invalid("offset is not supported, use after_cursor")
  const limit = limitOf(query, 20)
  const start = cursorOf(query)
  const selected = select(venue, query)
  if (limit === undefined || start === undefined || typeof selected === "string") {
    return invalid(typeof selected === "string" ? selected : "limit or after_cursor is not valid")
  }
  const end = start + limit
  return json({
    markets: selected.slice(start, end),
    ...(end < selected.length ? { next_cursor: Buffer.from(`{"at":${end}}`).toString("base64") } : {})
  })
}

const legacy = (venue: Venue, query: URLSearchParams): Reply => {
  const limit = limitOf(query, 20)
  const offset = Number(query.get("offset") ?? 0)
  const selected = select(venue, query)
  if (limit === undefined || !Number.isInteger(offset) || offset < 0) return invalid("limit or offset is not valid")
  if (offset > 2000) return invalid("offset is above 2000")
  if (typeof selected === "string") return invalid(selected)
  return json(selected.slice(offset, offset + limit))
}

const limitOf = (query: URLSearchParams, fallback: number): number | undefined => {
  const limit = Number(query.get("limit") ?? fallback)
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, 100) : undefined
}

const cursorOf = (query: URLSearchParams): number | undefined => {
  const cursor = query.get("after_cursor")
  if (cursor === null || cursor === "") return 0
  const match = /^\{"at":(\d+)\}$/.exec(Buffer.from(cursor, "base64").toString())
  return match === null ? undefined : Number(match[1])
}

/** The objects the filters leave, ordered; text: what is wrong with the query. */
const select = (
  venue: Venue,
  query: URLSearchParams
): ReadonlyArray<Readonly<Record<string, unknown>>> | string => {
  const order = listOf(query, "order")
  const unknown = order.find((field) => !orders.has(field))
  if (unknown !== undefined) return `order fields are not valid: ${unknown}`
  const closed = query.get("closed") === "true"
  const ids = setOf(query, "id")
  const slugs = setOf(query, "slug")
  const conditions = setOf(query, "condition_ids")
  const tokens = setOf(query, "clob_token_ids")
  const minimum = {
    volume: Number(query.get("volume_num_min") ?? 0),
    liquidity: Number(query.get("liquidity_num_min") ?? 0)
  }
  const fits = ({ assetIds, closed: isClosed, conditionId, gamma }: VenueMarket): boolean =>
    isClosed === closed &&
    (ids === undefined || ids.has(String(gamma["id"]))) &&
    (slugs === undefined || slugs.has(String(gamma["slug"]))) &&
    (conditions === undefined || conditions.has(conditionId) || conditions.has(String(gamma["conditionId"]))) &&
    (tokens === undefined || assetIds.some((assetId) => tokens.has(assetId))) &&
    Number(gamma["volumeNum"] ?? 0) >= minimum.volume &&
    Number(gamma["liquidityNum"] ?? 0) >= minimum.liquidity
  const objects = venue.markets().filter(fits).map((market) => market.gamma)
  if (order.length === 0) return objects
  const direction = query.get("ascending") === "false" ? -1 : 1
  return objects.sort((a, b) => {
    for (const field of order) {
      const difference = compare(a[field], b[field])
      if (difference !== 0) return difference * direction
    }
    return 0
  })
}

const setOf = (query: URLSearchParams, name: string): ReadonlySet<string> | undefined => {
  const values = listOf(query, name)
  return values.length === 0 ? undefined : new Set(values)
}

const compare = (a: unknown, b: unknown): number => {
  const [left, right] = [Number(a), Number(b)]
  if (Number.isFinite(left) && Number.isFinite(right)) return left - right
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}
