/**
 * Gamma's routes around markets: events, tags, series, sports, teams, comments, search, profiles.
 * @see https://docs.polymarket.com/api-reference/events/list-events
 */
import type { Account } from "./Accounts.ts"
import * as Catalogue from "./Catalogue.ts"
import { integerOf, json, listOf, type Reply, type Routes, slice } from "./Http.ts"
import type { Venue } from "./Venue.ts"

const missing: Reply = json({ type: "not found error", error: "id not found" }, 404)
const invalid = (error: string): Reply => json({ type: "validation error", error }, 422)

type Row = Readonly<Record<string, unknown>>

const orFound = (row: unknown): Reply => (row === undefined ? missing : json(row))

const offsetPage = (rows: ReadonlyArray<unknown>, query: URLSearchParams): Reply => {
  const offset = integerOf(query, "offset", 0, Number.MAX_SAFE_INTEGER)
  return offset > 2000
    ? invalid("offset is above 2000")
    : json(rows.slice(offset, offset + integerOf(query, "limit", 20, 100)))
}

const ordered = <A extends Row>(rows: ReadonlyArray<A>, query: URLSearchParams): ReadonlyArray<A> => {
  const order = query.get("order")
  if (order === null) return rows
  const direction = query.get("ascending") === "false" ? -1 : 1
  return rows.toSorted((a, b) => {
    const [left, right] = [a[order], b[order]]
    const difference = typeof left === "number" && typeof right === "number"
      ? left - right
      : String(left) < String(right)
      ? -1
      : 1
    return difference * direction
  })
}

/** Serves them. */
export const make = (options: {
  readonly venue: Venue
  readonly accounts: ReadonlyArray<Account>
  readonly seed: number
}): Routes => {
  const { accounts, seed, venue } = options

  const events = (query: URLSearchParams): ReadonlyArray<Catalogue.EventRow> => {
    const [ids, slugs] = [listOf(query, "id"), listOf(query, "slug")]
    const title = query.get("title_search")?.toLowerCase()
    const closed = query.get("closed") === "true"
    const rows = Catalogue.events(venue).filter((event) =>
      event.closed === closed &&
      (ids.length === 0 || ids.includes(event.id)) &&
      (slugs.length === 0 || slugs.includes(event.slug)) &&
      (title === undefined || event.title.toLowerCase().includes(title))
    )
    return ordered(rows, query)
  }

  const keyset = (query: URLSearchParams): Reply => {
    if (query.has("offset")) return invalid("offset is not supported, use after_cursor")
    const page = slice(events(query), query.get("after_cursor"), integerOf(query, "limit", 20, 100))
    return page === undefined
      ? invalid("after_cursor is not valid")
      : json({ events: page.rows, ...(page.next === undefined ? {} : { next_cursor: page.next }) })
  }

  const search = (query: URLSearchParams): Reply => {
    const words = (query.get("q") ?? "").toLowerCase()
    if (words === "") return invalid("q is required")
    const limit = integerOf(query, "limit_per_type", 5, 50)
    const start = (Math.max(1, integerOf(query, "page", 1, 1_000)) - 1) * limit
    const fits = (text: unknown) => String(text).toLowerCase().includes(words)
    const found = Catalogue.events(venue).filter((event) =>
      fits(event.title) || event.markets.some((market) => fits(market["question"]))
    )
    const people = accounts.map(({ funder }) => Catalogue.profileOf(accounts, funder))
    return json({
      events: found.slice(start, start + limit),
      ...(query.get("search_tags") === "true"
        ? { tags: Catalogue.tags.filter((tag) => fits(tag["label"])).map((tag) => ({ ...tag, event_count: 1 })) }
        : {}),
      ...(query.get("search_profiles") === "true" ? { profiles: people.filter((one) => fits(one?.["name"])) } : {}),
      pagination: { hasMore: found.length > start + limit, totalResults: found.length }
    })
  }

  const byPath = (path: string, query: URLSearchParams): Reply | undefined => {
    const part = (pattern: RegExp): string | undefined => {
      const found = pattern.exec(path)?.[1]
      return found === undefined ? undefined : decodeURIComponent(found)
    }
    let key = part(/^\/events\/slug\/([^/]+)$/)
    if (key !== undefined) return orFound(Catalogue.events(venue).find(({ slug }) => slug === key))
    key = part(/^\/events\/(\d+)(?:\/tags)?$/)
    if (key !== undefined) {
      const event = Catalogue.events(venue).find(({ id }) => id === key)
      return orFound(path.endsWith("/tags") ? event?.["tags"] : event)
    }
    key = part(/^\/markets\/(\d+)\/(?:tags|description)$/)
    if (key !== undefined) {
      const market = venue.markets().find(({ gamma }) => gamma["id"] === key)
      if (market === undefined) return missing
      return path.endsWith("/tags")
        ? orFound(Catalogue.eventOf(venue, market.conditionId)?.["tags"])
        : json({ id: key, description: market.gamma["description"] ?? "" })
    }
    key = part(/^\/tags\/slug\/([^/]+)/)
    const tag = key === undefined
      ? Catalogue.tags.find(({ id }) => id === part(/^\/tags\/(\d+)/))
      : Catalogue.tags.find(({ slug }) => slug === key)
    if (path.startsWith("/tags/")) {
      if (tag === undefined) return missing
      if (path.endsWith("/related-tags/tags")) return json(Catalogue.tags.filter(({ id }) => id !== tag.id))
      return path.endsWith("/related-tags") ? json(Catalogue.relationsOf(tag.id)) : json(tag)
    }
    key = part(/^\/series\/(\d+)$/)
    if (key !== undefined) return orFound(Catalogue.seriesOf(venue).find(({ id }) => id === key))
    key = part(/^\/series-summary\/(\d+)$/)
    if (key !== undefined) {
      const series = Catalogue.seriesOf(venue).find(({ id }) => id === key)
      return series === undefined ? missing : json({
        id: series.id,
        title: series["title"],
        slug: series.slug,
        eventDates: [...new Set(Catalogue.events(venue).map(({ endDate }) => String(endDate).slice(0, 10)))],
        eventWeeks: [],
        earliest_open_week: 0,
        earliest_open_date: ""
      })
    }
    const all = () =>
      Catalogue.events(venue).flatMap(({ id }) => Catalogue.commentsOf(seed, accounts, "Event", Number(id)))
    key = part(/^\/comments\/user_address\/([^/]+)$/)
    if (key !== undefined) {
      const address = key.toLowerCase()
      return offsetPage(all().filter(({ userAddress }) => userAddress.toLowerCase() === address), query)
    }
    key = part(/^\/comments\/(\d+)$/)
    return key === undefined ? undefined : json(all().filter(({ id }) => id === key))
  }

  return ({ method, path, query }) => {
    if (method !== "GET") return undefined
    switch (path) {
      case "/events/keyset":
        return keyset(query)
      case "/events":
        return offsetPage(events(query), query)
      case "/events/pagination": {
        const found = events(query)
        const start = integerOf(query, "offset", 0, Number.MAX_SAFE_INTEGER)
        const end = start + integerOf(query, "limit", 20, 100)
        return json({
          data: found.slice(start, end),
          pagination: { hasMore: end < found.length, totalResults: found.length }
        })
      }
      case "/events/results":
        return offsetPage(Catalogue.events(venue).filter(({ closed }) => closed), query)
      case "/tags":
        return offsetPage(ordered(Catalogue.tags, query), query)
      case "/series": {
        const slugs = listOf(query, "slug")
        return offsetPage(
          Catalogue.seriesOf(venue).filter(({ slug }) => slugs.length === 0 || slugs.includes(slug)),
          query
        )
      }
      case "/sports":
        return json(Catalogue.sports)
      case "/sports/market-types":
        return json({ marketTypes: Catalogue.marketTypes })
      case "/teams": {
        const fits = (name: "name" | "league" | "abbreviation") => {
          const wanted = listOf(query, name)
          return (team: typeof Catalogue.teams[number]) => wanted.length === 0 || wanted.includes(team[name])
        }
        return offsetPage(
          Catalogue.teams.filter(fits("name")).filter(fits("league")).filter(fits("abbreviation")),
          query
        )
      }
      case "/comments": {
        const type = query.get("parent_entity_type") ?? ""
        if (!["Event", "Series", "market"].includes(type)) return invalid("parent_entity_type is not valid")
        const id = integerOf(query, "parent_entity_id", 0, Number.MAX_SAFE_INTEGER)
        return offsetPage(Catalogue.commentsOf(seed, accounts, type, id), query)
      }
      case "/public-search":
        return search(query)
      case "/public-profile": {
        const address = query.get("address") ?? ""
        if (!/^0x[0-9a-fA-F]{40}$/.test(address)) {
          return json({ type: "validation error", error: "invalid address" }, 400)
        }
        const profile = Catalogue.profileOf(accounts, address)
        return profile === undefined
          ? json({ type: "not found error", error: "profile not found" }, 404)
          : json(profile)
      }
      default:
        return byPath(path, query)
    }
  }
}
