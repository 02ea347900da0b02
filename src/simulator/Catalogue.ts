/**
 * What Gamma tells around markets: events (some markets each), tags, series, sports, teams, comments and people. Made up from the markets and
 * the seed, without a memory of their own.
 */
import type { Account } from "./Accounts.ts"
import { digestOf } from "./Seeded.ts"
import type { Venue, VenueMarket } from "./Venue.ts"

type Row = Readonly<Record<string, unknown>>

/** Markets of one event. */
const perEvent = 4

const since = "2026-01-01T00:00:00Z"

/** Every tag. */
export const tags: ReadonlyArray<Row & { readonly id: string; readonly slug: string }> = [
  ["235", "Bitcoin", "bitcoin"],
  ["1", "Sports", "sports"],
  ["2", "Politics", "politics"],
  ["84", "Weather", "weather"]
].map(([id = "", label = "", slug = ""]) => ({ id, label, slug, forceShow: false, createdAt: since, updatedAt: since }))

/** How a tag is related to the others. */
export const relationsOf = (id: string): ReadonlyArray<Row> =>
  tags.filter((tag) => tag.id !== id).map((tag, at) => ({
    id: `${id}${tag.id}`,
    tagID: Number(id),
    relatedTagID: Number(tag.id),
    rank: at + 1
  }))

/** Every sport. */
export const sports: ReadonlyArray<Row> = [
  { id: 1, sport: "nba", resolution: "https://www.nba.com", ordering: "home", tags: "1,100639", series: "10345" },
  { id: 2, sport: "epl", resolution: "https://www.premierleague.com", ordering: "home", tags: "1,82", series: "10188" }
]

/** Every kind of sports market. */
export const marketTypes = ["moneyline", "spreads", "totals"]

/** Every team. */
export const teams: ReadonlyArray<
  Row & { readonly name: string; readonly league: string; readonly abbreviation: string }
> = [
  { id: 1, name: "Lions", league: "nba", record: "3-1", abbreviation: "lio", alias: "The Lions" },
  { id: 2, name: "Bears", league: "nba", record: "1-3", abbreviation: "bea", alias: "The Bears" },
  { id: 3, name: "Harbour", league: "epl", record: "2-2", abbreviation: "har", alias: "The Harbour" }
]

/** Every series; one. */
export const seriesOf = (venue: Venue): ReadonlyArray<Row & { readonly id: string; readonly slug: string }> => [{
  id: "10192",
  ticker: "simulated-rounds",
  slug: "simulated-rounds",
  title: "Simulated rounds",
  seriesType: "single",
  recurrence: "daily",
  active: true,
  closed: false,
  volume: "0",
  volume24hr: 0,
  liquidity: "0",
  events: events(venue).slice(0, 3).map(({ markets: _markets, tags: _tags, ...event }) => event)
}]

/** An event with its markets. */
export interface EventRow extends Row {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly closed: boolean
  readonly markets: ReadonlyArray<Row>
}

const sum = (markets: ReadonlyArray<VenueMarket>, field: string): number =>
  Math.round(markets.reduce((total, { gamma }) => total + Number(gamma[field] ?? 0), 0) * 100) / 100

/** Every event: four markets each, in the order they were listed. */
export const events = (venue: Venue): ReadonlyArray<EventRow> => {
  const all = venue.markets()
  const rows: Array<EventRow> = []
  for (let at = 0; at < all.length; at += perEvent) {
    const markets = all.slice(at, at + perEvent)
    const number = at / perEvent + 1
    const [first] = markets
    rows.push({
      id: String(30_000 + number),
      ticker: `simulated-event-${number}`,
      slug: `simulated-event-${number}`,
      title: `Simulated event ${number}: ${String(first?.gamma["question"] ?? "")}`,
      description: "Some simulated markets.",
      startDate: first?.gamma["startDate"] ?? null,
      creationDate: first?.gamma["startDate"] ?? null,
      endDate: first?.gamma["endDate"] ?? null,
      active: true,
      closed: markets.every(({ closed }) => closed),
      archived: false,
      restricted: true,
      liquidity: sum(markets, "liquidityNum"),
      volume: sum(markets, "volumeNum"),
      openInterest: 0,
      volume24hr: sum(markets, "volume24hr"),
      commentCount: 3,
      negRisk: markets.some(({ gamma }) => gamma["negRisk"] === true),
      enableOrderBook: true,
      markets: markets.map(({ gamma }) => gamma),
      tags: [tags[number % tags.length]]
    })
  }
  return rows
}

/** The event of a market, by its condition. */
export const eventOf = (venue: Venue, conditionId: string): EventRow | undefined => {
  const at = venue.markets().findIndex((market) => market.conditionId === conditionId)
  return at < 0 ? undefined : events(venue)[Math.floor(at / perEvent)]
}

/** Who a wallet belongs to; `undefined` for those nobody knows. */
export const profileOf = (accounts: ReadonlyArray<Account>, address: string): Row | undefined => {
  const wanted = address.toLowerCase()
  const at = accounts.findIndex((one) => one.funder.toLowerCase() === wanted || one.address.toLowerCase() === wanted)
  const account = accounts[at]
  return account === undefined ? undefined : {
    id: String(at + 1),
    name: `simulated-${at}`,
    pseudonym: `Simulated Trader ${at}`,
    bio: "",
    proxyWallet: account.funder,
    baseAddress: account.address,
    displayUsernamePublic: true,
    verifiedBadge: false,
    createdAt: since
  }
}

const words = ["I would not bet on it.", "Look at the volume.", "Who sells at this price?"]

/** Comments under something. */
export const commentsOf = (seed: number, accounts: ReadonlyArray<Account>, type: string, id: number): ReadonlyArray<
  Row & { readonly id: string; readonly userAddress: string }
> =>
  words.map((body, at) => {
    const account = accounts[at % accounts.length]
    return {
      id: String(digestOf(seed, `comment/${type}/${id}/${at}`).readUInt32LE(0) % 1_000_000),
      body,
      parentEntityType: type,
      parentEntityID: id,
      userAddress: account?.funder ?? "",
      createdAt: since,
      updatedAt: since,
      reactionCount: at,
      reportCount: 0,
      profile: profileOf(accounts, account?.funder ?? "") ?? null
    }
  })
