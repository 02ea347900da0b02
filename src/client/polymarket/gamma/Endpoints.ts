/**
 * Every call of Gamma, the venue's catalogue. Public; answers are cached by the venue for up to minutes, so not for prices.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { Schema } from "effect"
import { endpoint, flag, integer, list, offsetPages, text } from "../../Endpoint.ts"
import { maybe } from "../../Wire.ts"
import {
  GammaComment,
  GammaEvent,
  GammaProfile,
  GammaSeries,
  GammaSport,
  GammaTag,
  GammaTeam,
  SearchResult,
  SeriesSummary,
  TagRelation
} from "./EventSchema.ts"
import { GammaMarket, MarketsPage } from "./MarketSchema.ts"

const id = { id: text("Its number", { in: "path", required: true }) }
const slug = { slug: text("Its slug", { in: "path", required: true }) }
const several = { repeated: true } as const

const page = {
  limit: integer("Rows of a page, 1 to 100"),
  order: text("Field to sort by, in camelCase, for example volume24hr"),
  ascending: flag("Smallest first"),
  closed: flag("Closed ones instead of open ones")
}
const keyset = { ...page, after_cursor: text("Where to go on: next_cursor of the page before") }
const offset = { ...page, offset: integer("Rows to skip, at most 2000") }

const marketFilters = {
  id: list("Market numbers", several),
  slug: list("Slugs", several),
  condition_ids: list("Condition ids", several),
  clob_token_ids: list("Token ids", several),
  tag_id: integer("A tag's number"),
  volume_num_min: integer("At least so much volume, pUSD"),
  liquidity_num_min: integer("At least so much liquidity, pUSD"),
  end_date_min: text("Ends at or after, ISO time"),
  end_date_max: text("Ends at or before, ISO time")
}

const eventFilters = {
  id: list("Event numbers", several),
  slug: list("Slugs", several),
  tag_id: integer("A tag's number"),
  tag_slug: text("A tag's slug"),
  series_id: text("A series' number"),
  featured: flag("Featured ones"),
  live: flag("Live ones"),
  title_search: text("Words of the title"),
  end_date_min: text("Ends at or after, ISO time"),
  end_date_max: text("Ends at or before, ISO time")
}

const EventsPage = Schema.Struct({ events: Schema.Array(GammaEvent), next_cursor: maybe(Schema.String) })

/** The next page by cursor. */
const byCursor = <
  G extends { readonly after_cursor?: string | undefined },
  P extends { readonly next_cursor?: string | null }
>(
  given: G,
  { next_cursor }: P
):
  | G
  | undefined => (next_cursor === undefined || next_cursor === null || next_cursor === ""
    ? undefined
    : { ...given, after_cursor: next_cursor })

export const markets = endpoint({
  name: "markets list",
  summary: "Markets, a page after the other, by any of Gamma's filters",
  path: "/markets/keyset",
  params: { ...keyset, ...marketFilters },
  response: MarketsPage,
  example: { limit: 5, order: "volume24hr", ascending: false },
  paging: { next: byCursor, rows: (one) => one.markets }
})

export const marketsByOffset = endpoint({
  name: "markets legacy",
  summary: "Markets by the older paging with an offset; deprecated by the venue",
  path: "/markets",
  params: { ...offset, ...marketFilters },
  response: Schema.Array(GammaMarket),
  example: { limit: 5 },
  paging: offsetPages(20)
})

export const market = endpoint({
  name: "markets get",
  summary: "One market by its number",
  path: "/markets/{id}",
  params: id,
  response: GammaMarket,
  example: { id: "1557558" }
})

export const marketBySlug = endpoint({
  name: "markets slug",
  summary: "One market by its slug",
  path: "/markets/slug/{slug}",
  params: slug,
  response: GammaMarket,
  example: { slug: "btc-updown-5m-1773307200" }
})

export const marketTags = endpoint({
  name: "markets tags",
  summary: "The tags of a market",
  path: "/markets/{id}/tags",
  params: id,
  response: Schema.Array(GammaTag),
  example: { id: "1557558" }
})

export const marketDescription = endpoint({
  name: "markets description",
  summary: "The rules of a market, as text",
  path: "/markets/{id}/description",
  params: id,
  response: Schema.Struct({ id: maybe(Schema.String), description: maybe(Schema.String) }),
  example: { id: "1557558" }
})

export const events = endpoint({
  name: "events list",
  summary: "Events with their markets, a page after the other, by any of Gamma's filters",
  path: "/events/keyset",
  params: { ...keyset, ...eventFilters },
  response: EventsPage,
  example: { limit: 5, order: "volume24hr", ascending: false },
  paging: { next: byCursor, rows: (one) => one.events }
})

export const eventsByOffset = endpoint({
  name: "events legacy",
  summary: "Events by the older paging with an offset; deprecated by the venue",
  path: "/events",
  params: { ...offset, ...eventFilters },
  response: Schema.Array(GammaEvent),
  example: { limit: 5 },
  paging: offsetPages(20)
})

export const event = endpoint({
  name: "events get",
  summary: "One event by its number, with its markets",
  path: "/events/{id}",
  params: id,
  response: GammaEvent,
  example: { id: "30829" }
})

export const eventBySlug = endpoint({
  name: "events slug",
  summary: "One event by its slug, with its markets",
  path: "/events/slug/{slug}",
  params: slug,
  response: GammaEvent,
  example: { slug: "democratic-presidential-nominee-2028" }
})

export const eventTags = endpoint({
  name: "events tags",
  summary: "The tags of an event",
  path: "/events/{id}/tags",
  params: id,
  response: Schema.Array(GammaTag),
  example: { id: "30829" }
})

export const tags = endpoint({
  name: "tags list",
  summary: "Every tag of the venue",
  path: "/tags",
  params: { limit: page.limit, offset: offset.offset, order: page.order, ascending: page.ascending },
  response: Schema.Array(GammaTag),
  example: { limit: 5 },
  paging: offsetPages(20)
})

export const tag = endpoint({
  name: "tags get",
  summary: "One tag by its number",
  path: "/tags/{id}",
  params: id,
  response: GammaTag,
  example: { id: "235" }
})

export const tagBySlug = endpoint({
  name: "tags slug",
  summary: "One tag by its slug",
  path: "/tags/slug/{slug}",
  params: slug,
  response: GammaTag,
  example: { slug: "bitcoin" }
})

export const relatedTags = endpoint({
  name: "tags related",
  summary: "How a tag is related to others",
  path: "/tags/{id}/related-tags",
  params: id,
  response: Schema.Array(TagRelation),
  example: { id: "235" }
})

export const relatedTagsBySlug = endpoint({
  name: "tags related-slug",
  summary: "How a tag, named by its slug, is related to others",
  path: "/tags/slug/{slug}/related-tags",
  params: slug,
  response: Schema.Array(TagRelation),
  example: { slug: "bitcoin" }
})

export const tagsRelatedTo = endpoint({
  name: "tags neighbours",
  summary: "The tags that are related to a tag",
  path: "/tags/{id}/related-tags/tags",
  params: id,
  response: Schema.Array(GammaTag),
  example: { id: "235" }
})

export const tagsRelatedToSlug = endpoint({
  name: "tags neighbours-slug",
  summary: "The tags that are related to a tag, named by its slug",
  path: "/tags/slug/{slug}/related-tags/tags",
  params: slug,
  response: Schema.Array(GammaTag),
  example: { slug: "bitcoin" }
})

export const seriesList = endpoint({
  name: "series list",
  summary: "Series: events that come again and again",
  path: "/series",
  params: { ...offset, slug: list("Slugs", several), recurrence: text("For example daily or 5m") },
  response: Schema.Array(GammaSeries),
  example: { limit: 5 },
  paging: offsetPages(20)
})

export const series = endpoint({
  name: "series get",
  summary: "One series by its number, with its events",
  path: "/series/{id}",
  params: id,
  response: GammaSeries,
  example: { id: "10192" }
})

export const seriesSummary = endpoint({
  name: "series summary",
  summary: "One series by its number, in short",
  path: "/series-summary/{id}",
  params: id,
  response: SeriesSummary,
  example: { id: "10192" }
})

export const sports = endpoint({
  name: "sports list",
  summary: "The sports that have markets",
  path: "/sports",
  params: {},
  response: Schema.Array(GammaSport),
  example: {}
})

export const sportsMarketTypes = endpoint({
  name: "sports market-types",
  summary: "The kinds of sports markets",
  path: "/sports/market-types",
  params: {},
  response: Schema.Struct({ marketTypes: Schema.Array(Schema.String) }),
  example: {}
})

export const teams = endpoint({
  name: "sports teams",
  summary: "Teams, by league, name or abbreviation",
  path: "/teams",
  params: {
    limit: page.limit,
    offset: offset.offset,
    league: list("Leagues", several),
    name: list("Names", several),
    abbreviation: list("Abbreviations", several)
  },
  response: Schema.Array(GammaTeam),
  example: { limit: 5, league: ["nba"] },
  paging: offsetPages(20)
})

export const comments = endpoint({
  name: "comments list",
  summary: "What people say under an event, a series or a market",
  path: "/comments",
  params: {
    parent_entity_type: text("Event, Series or market", { required: true }),
    parent_entity_id: integer("Its number", { required: true }),
    limit: page.limit,
    offset: offset.offset,
    order: page.order,
    ascending: page.ascending
  },
  response: Schema.Array(GammaComment),
  example: { parent_entity_type: "Event", parent_entity_id: 30829, limit: 5 },
  paging: offsetPages(20)
})

export const comment = endpoint({
  name: "comments get",
  summary: "One comment by its number, with its answers",
  path: "/comments/{id}",
  params: id,
  response: Schema.Array(GammaComment),
  example: { id: "1" }
})

export const commentsOf = endpoint({
  name: "comments user",
  summary: "What one wallet has said",
  path: "/comments/user_address/{address}",
  params: {
    address: text("The wallet", { in: "path", required: true }),
    limit: page.limit,
    offset: offset.offset
  },
  response: Schema.Array(GammaComment),
  example: { address: "0x56687bf447db6ffa42ffe2204a05edaa20f55839", limit: 5 },
  paging: offsetPages(20)
})

export const search = endpoint({
  name: "search",
  summary: "Events, tags and people by words",
  path: "/public-search",
  params: {
    q: text("The words", { required: true }),
    limit_per_type: integer("Hits of each kind"),
    page: integer("Page, from 1"),
    events_status: text("active or resolved"),
    search_tags: flag("Tags too"),
    search_profiles: flag("People too")
  },
  response: SearchResult,
  example: { q: "bitcoin", limit_per_type: 3 },
  paging: {
    next: (
      given,
      { pagination }
    ) => (pagination?.hasMore === true ? { ...given, page: (given.page ?? 1) + 1 } : undefined),
    rows: (one) => one.events ?? []
  }
})

export const profile = endpoint({
  name: "profile",
  summary: "Who a wallet belongs to, as far as they say",
  path: "/public-profile",
  params: { address: text("The wallet", { required: true }) },
  response: GammaProfile,
  example: { address: "0x56687bf447db6ffa42ffe2204a05edaa20f55839" }
})
