/**
 * The CLOB's lists of markets, in long and in short, and what they pay to makers. Pages by cursor.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { unit } from "../domain/Micro.ts"
import { clobPage, json, refusal, type Routes } from "./Http.ts"
import { middleOf } from "./PriceApi.ts"
import type { Venue, VenueMarket } from "./Venue.ts"

/** Rewards of every open market, pUSD a day. */
const dailyRate = 30

const rewards = {
  rates: [{ asset_address: "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB", rewards_daily_rate: dailyRate }],
  min_size: 50,
  max_spread: 4.5
}

const missing = refusal("market not found", 404)

/** Serves a venue's markets. */
export const make = (venue: Venue): Routes => {
  const tokensOf = ({ clob }: VenueMarket) =>
    (clob["t"] as ReadonlyArray<{ readonly t: string; readonly o: string }>).map(({ o, t }) => {
      const book = venue.book(t)
      return { token_id: t, outcome: o, price: book === undefined ? 0 : middleOf(book) / unit, winner: false }
    })

  const simplified = (market: VenueMarket) => ({
    condition_id: market.conditionId,
    tokens: tokensOf(market),
    active: true,
    closed: market.closed,
    archived: false,
    accepting_orders: !market.closed,
    rewards
  })

  const whole = (market: VenueMarket) => {
    const { gamma } = market
    return {
      ...simplified(market),
      question_id: gamma["questionID"] ?? null,
      question: gamma["question"] ?? null,
      market_slug: gamma["slug"] ?? null,
      minimum_order_size: market.clob["mos"],
      minimum_tick_size: market.clob["mts"],
      neg_risk: market.clob["nr"] === true,
      neg_risk_market_id: "",
      accepting_order_timestamp: gamma["acceptingOrdersTimestamp"] ?? null,
      enable_order_book: true,
      end_date_iso: gamma["endDate"] ?? null,
      game_start_time: null,
      seconds_delay: 0,
      maker_base_fee: 1000,
      taker_base_fee: 1000,
      is_50_50_outcome: false,
      tags: ["All"]
    }
  }

  const reward = (market: VenueMarket) => ({
    condition_id: market.conditionId,
    question: market.gamma["question"] ?? null,
    market_slug: market.gamma["slug"] ?? null,
    rewards_max_spread: rewards.max_spread,
    rewards_min_size: rewards.min_size,
    total_daily_rate: dailyRate,
    tokens: tokensOf(market)
  })

  const open = () => venue.markets().filter(({ closed }) => !closed)

  return ({ method, path, query }) => {
    if (method !== "GET") return undefined
    switch (path) {
      case "/markets":
        return clobPage(venue.markets().map(whole), query)
      case "/simplified-markets":
        return clobPage(venue.markets().map(simplified), query)
      case "/sampling-markets":
        return clobPage(open().map(whole), query)
      case "/sampling-simplified-markets":
        return clobPage(open().map(simplified), query)
      case "/rewards/markets/current":
      case "/rewards/markets/multi":
        return clobPage(open().map(reward), query)
      case "/rebates/current":
        return json([])
      case "/builder/trades":
        return clobPage([], query)
    }
    const [, group, id = ""] =
      /^\/(markets|markets-by-token|rewards\/markets|fees\/builder-fees)\/([^/]+)$/.exec(path) ?? []
    switch (group) {
      case "markets": {
        const market = venue.market(id)
        return market === undefined ? missing : json(whole(market))
      }
      case "rewards/markets": {
        const market = venue.market(id)
        return clobPage(market === undefined ? [] : [reward(market)], query)
      }
      case "markets-by-token": {
        const market = venue.markets().find(({ assetIds }) => assetIds.includes(id))
        return market === undefined ? missing : json({
          condition_id: market.conditionId,
          primary_token_id: market.assetIds[0],
          secondary_token_id: market.assetIds[1]
        })
      }
      case "fees/builder-fees":
        return json({ builder_maker_fee_rate_bps: 0, builder_taker_fee_rate_bps: 0 })
      default:
        return undefined
    }
  }
}
