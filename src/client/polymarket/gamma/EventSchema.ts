/**
 * Gamma's events (a group of markets), and what describes them: tags, series, comments, profiles, sports. Unknown keys are dropped.
 * @see https://docs.polymarket.com/api-reference/events/list-events
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"
import { GammaMarket } from "./MarketSchema.ts"

/** A label that events and markets carry. */
export const GammaTag = Schema.Struct({
  /** Digits. */
  id: Schema.String,
  label: maybe(Schema.String),
  slug: maybe(Schema.String),
  forceShow: maybe(Schema.Boolean),
  forceHide: maybe(Schema.Boolean),
  /** ISO times. */
  createdAt: maybe(Schema.String),
  updatedAt: maybe(Schema.String)
})
export type GammaTag = typeof GammaTag.Type

/** How two tags are related. */
export const TagRelation = Schema.Struct({
  id: maybe(Schema.String),
  tagID: maybe(NumberOrText),
  relatedTagID: maybe(NumberOrText),
  rank: maybe(Schema.Finite)
})
export type TagRelation = typeof TagRelation.Type

const event = {
  /** Digits. */
  id: Schema.String,
  ticker: maybe(Schema.String),
  slug: maybe(Schema.String),
  title: maybe(Schema.String),
  description: maybe(Schema.String),
  /** ISO times. */
  startDate: maybe(Schema.String),
  creationDate: maybe(Schema.String),
  endDate: maybe(Schema.String),
  startTime: maybe(Schema.String),
  closedTime: maybe(Schema.String),
  active: maybe(Schema.Boolean),
  closed: maybe(Schema.Boolean),
  archived: maybe(Schema.Boolean),
  restricted: maybe(Schema.Boolean),
  /** pUSD. */
  liquidity: maybe(Schema.Finite),
  volume: maybe(Schema.Finite),
  openInterest: maybe(Schema.Finite),
  volume24hr: maybe(Schema.Finite),
  commentCount: maybe(Schema.Finite),
  negRisk: maybe(Schema.Boolean),
  negRiskMarketID: maybe(Schema.String),
  seriesSlug: maybe(Schema.String),
  enableOrderBook: maybe(Schema.Boolean)
}

/** An event with its markets and tags. */
export const GammaEvent = Schema.Struct({
  ...event,
  markets: maybe(Schema.Array(GammaMarket)),
  tags: maybe(Schema.Array(GammaTag))
})
export type GammaEvent = typeof GammaEvent.Type

/** Events that come again and again, for example "btc-updown-5m". */
export const GammaSeries = Schema.Struct({
  id: Schema.String,
  ticker: maybe(Schema.String),
  slug: maybe(Schema.String),
  title: maybe(Schema.String),
  seriesType: maybe(Schema.String),
  /** For example "daily" or "5m". */
  recurrence: maybe(Schema.String),
  active: maybe(Schema.Boolean),
  closed: maybe(Schema.Boolean),
  volume: maybe(NumberOrText),
  volume24hr: maybe(NumberOrText),
  liquidity: maybe(NumberOrText),
  events: maybe(Schema.Array(Schema.Struct(event)))
})
export type GammaSeries = typeof GammaSeries.Type

/** A short form of a series. */
export const SeriesSummary = Schema.Struct({
  id: Schema.String,
  title: maybe(Schema.String),
  slug: maybe(Schema.String),
  eventDates: maybe(Schema.Array(Schema.String)),
  eventWeeks: maybe(Schema.Array(Schema.Finite)),
  earliest_open_week: maybe(Schema.Finite),
  earliest_open_date: maybe(Schema.String)
})
export type SeriesSummary = typeof SeriesSummary.Type

/** Who somebody is. */
export const GammaProfile = Schema.Struct({
  id: maybe(Schema.String),
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  bio: maybe(Schema.String),
  proxyWallet: maybe(Schema.String),
  baseAddress: maybe(Schema.String),
  displayUsernamePublic: maybe(Schema.Boolean),
  verifiedBadge: maybe(Schema.Boolean),
  xUsername: maybe(Schema.String),
  createdAt: maybe(Schema.String)
})
export type GammaProfile = typeof GammaProfile.Type

/** What somebody said under an event, a series or a market. */
export const GammaComment = Schema.Struct({
  id: Schema.String,
  body: maybe(Schema.String),
  parentEntityType: maybe(Schema.String),
  parentEntityID: maybe(Schema.Finite),
  parentCommentID: maybe(Schema.String),
  userAddress: maybe(Schema.String),
  replyAddress: maybe(Schema.String),
  createdAt: maybe(Schema.String),
  updatedAt: maybe(Schema.String),
  reactionCount: maybe(Schema.Finite),
  reportCount: maybe(Schema.Finite),
  profile: maybe(GammaProfile)
})
export type GammaComment = typeof GammaComment.Type

/** A sport and where its results come from. */
export const GammaSport = Schema.Struct({
  id: maybe(NumberOrText),
  /** For example "nba". */
  sport: Schema.String,
  resolution: maybe(Schema.String),
  ordering: maybe(Schema.String),
  /** Tag ids, comma separated. */
  tags: maybe(Schema.String),
  series: maybe(Schema.String)
})
export type GammaSport = typeof GammaSport.Type

/** A team. */
export const GammaTeam = Schema.Struct({
  id: NumberOrText,
  name: maybe(Schema.String),
  league: maybe(Schema.String),
  record: maybe(Schema.String),
  abbreviation: maybe(Schema.String),
  alias: maybe(Schema.String)
})
export type GammaTeam = typeof GammaTeam.Type

/** What a search found. */
export const SearchResult = Schema.Struct({
  events: maybe(Schema.Array(GammaEvent)),
  tags: maybe(Schema.Array(Schema.Struct({
    id: Schema.String,
    label: maybe(Schema.String),
    slug: maybe(Schema.String),
    event_count: maybe(Schema.Finite)
  }))),
  profiles: maybe(Schema.Array(GammaProfile)),
  pagination: maybe(Schema.Struct({ hasMore: maybe(Schema.Boolean), totalResults: maybe(Schema.Finite) }))
})
export type SearchResult = typeof SearchResult.Type
