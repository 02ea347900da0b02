/**
 * Which markets and series are followed, as policies come and go: what policies name beside what is followed for itself. What no policy names any more is
 * let go of, unless something of it is held or on order.
 */
import { Deferred, Effect, Stream } from "effect"
import type { Clob, ClobError } from "../client/polymarket/Clob.ts"
import type { Gamma, GammaError } from "../client/polymarket/Gamma.ts"
import type { AssetId } from "../domain/Asset.ts"
import { type ConditionId, conditionIdFromText, type Market } from "../domain/Market.ts"
import type { EventClock } from "./EventClock.ts"
import type { Ingestor } from "./Ingestor.ts"
import { source } from "./ingestor/GammaPollerIngestor.ts"
import * as SeriesIngestor from "./ingestor/SeriesIngestor.ts"
import { unstamped } from "./MarketEvent.ts"
import * as Markets from "./Markets.ts"

/** What names markets. */
export interface Naming {
  /** Slugs, condition ids, and `series:NAME`. */
  readonly markets: ReadonlyArray<string>
  readonly tokens: ReadonlyArray<AssetId>
}

/** Names by what they are names of, each once. */
export interface Names {
  readonly markets: ReadonlyArray<string>
  readonly tokens: ReadonlyArray<AssetId>
  readonly series: ReadonlyArray<string>
}

const seriesPrefix = "series:"

const head = { id: unstamped, time: 0, receivedAt: 0, source }

/** All that some name. */
export const namesOf = (all: ReadonlyArray<Naming>): Names => {
  const names = [...new Set(all.flatMap(({ markets }) => markets))]
  return {
    markets: names.filter((name) => !name.startsWith(seriesPrefix)),
    tokens: [...new Set(all.flatMap(({ tokens }) => tokens))],
    series: names.filter((name) => name.startsWith(seriesPrefix)).map((name) => name.slice(seriesPrefix.length))
  }
}

/** What is followed when this begins, and how to follow more. */
export interface FollowingOptions {
  readonly followers: SeriesIngestor.Followers
  /** Starts a source. */
  readonly run: (ingestor: Ingestor) => Effect.Effect<void>
  /** Markets that are followed for themselves, and series that will be. */
  readonly lasting: { readonly markets: ReadonlyArray<Market>; readonly series: ReadonlyArray<string> }
  /** Markets that are followed for policies, and the names they were found by. */
  readonly named: { readonly markets: ReadonlyArray<Market>; readonly names: Names }
  /** Whether something of a market is held or on order. */
  readonly isHeld: (market: Market) => boolean
  /** Told of names that stand for no market. */
  readonly onUnknown: (unknown: ReadonlyArray<Markets.Unknown>) => Effect.Effect<void>
}

export interface Following {
  /** Follows what is named by these and by no others. May be interrupted, and done again with others. */
  readonly follow: (
    policies: ReadonlyArray<Naming>
  ) => Effect.Effect<void, GammaError | ClobError, Gamma | Clob | EventClock>
}

/** A series that is followed. */
interface FollowedSeries {
  readonly stop: Deferred.Deferred<void>
  readonly markets: Map<ConditionId, Market>
}

/** Begins with what is followed already. */
export const make = (options: FollowingOptions): Following => {
  const { followers, isHeld, onUnknown, run } = options
  const lasting = new Set(options.lasting.markets.map(({ conditionId }) => conditionId))
  const lastingSeries = new Set(options.lasting.series)
  const followed = new Map(options.named.markets.map((market) => [market.conditionId, market]))
  const asked = new Set<string>([...options.named.names.markets, ...options.named.names.tokens])
  const series = new Map<string, FollowedSeries>()
  let wanted = new Set<string>(asked)

  const isWanted = ({ conditionId, outcomes, slug }: Market) =>
    wanted.has(slug) || wanted.has(conditionId) || outcomes.some(({ assetId }) => wanted.has(assetId))
  const isFree = (market: Market) =>
    !lasting.has(market.conditionId) && !isWanted(market) &&
    ![...series.values()].some(({ markets }) => markets.has(market.conditionId))

  /** Lets go of markets; what is held stays until it is looked at again. */
  const letGo = (markets: ReadonlyArray<Market>) => {
    const left = markets.filter((market) => isFree(market) && !isHeld(market))
    for (const { conditionId } of left) followed.delete(conditionId)
    return left.length === 0 ? Effect.void : followers.unfollow(left)
  }

  const startSeries = Effect.fnUntraced(function*(name: string) {
    const one: FollowedSeries = { stop: yield* Deferred.make<void>(), markets: new Map() }
    series.set(name, one)
    const ingestor = yield* SeriesIngestor.make(name, {
      follow: (markets) => {
        for (const market of markets) one.markets.set(market.conditionId, market)
        return followers.follow(markets)
      },
      // Its time is over, whatever is held of it.
      unfollow: (markets) => {
        for (const { conditionId } of markets) one.markets.delete(conditionId)
        return followers.unfollow(markets.filter(isFree))
      }
    })
    const batches = Stream.interruptWhen(ingestor.batches, Deferred.await(one.stop))
    yield* run({ ...ingestor, batches })
  })

  const stopSeries = Effect.fnUntraced(function*(name: string, { markets, stop }: FollowedSeries) {
    yield* Deferred.succeed(stop, undefined)
    series.delete(name)
    for (const market of markets.values()) if (isFree(market)) followed.set(market.conditionId, market)
  })

  const follow = Effect.fnUntraced(function*(policies: ReadonlyArray<Naming>) {
    const names = namesOf(policies)
    wanted = new Set([...names.markets.map((name) => conditionIdFromText(name) ?? name), ...names.tokens])
    const wantedSeries = new Set([...names.series, ...lastingSeries])
    for (const name of wantedSeries) if (!series.has(name)) yield* startSeries(name)
    for (const [name, one] of series) if (!wantedSeries.has(name)) yield* stopSeries(name, one)
    const fresh = {
      names: names.markets.filter((name) => !asked.has(name)),
      tokens: names.tokens.filter((token) => !asked.has(token)),
      top: 0
    }
    if (fresh.names.length + fresh.tokens.length > 0) {
      const { markets, unknown } = yield* Markets.choose(fresh)
      const added = markets.filter(({ conditionId }) => !lasting.has(conditionId) && !followed.has(conditionId))
      for (const market of added) followed.set(market.conditionId, market)
      yield* followers.follow(added)
      // Their names mean nothing until they are described.
      const events = added.map((market) => ({ ...head, _tag: "MarketMetadata" as const, market }))
      yield* run({ name: source, batches: Stream.succeed({ events, arrivedAt: performance.now() }) })
      yield* onUnknown(unknown)
    }
    asked.clear()
    for (const name of [...names.markets, ...names.tokens]) asked.add(name)
    yield* letGo([...followed.values()])
  })

  return { follow }
}
