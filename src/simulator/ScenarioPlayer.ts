/** Makes a scenario happen: its events are scheduled in the flow, its shocks in the prices, its series begin. */
import type { FlowMarket } from "./FlowMarket.ts"
import type { Generator } from "./Generator.ts"
import type { LedgerLine } from "./Ledger.ts"
import type { Prices } from "./Prices.ts"
import * as Rounds from "./Rounds.ts"
import type { MarketName, Scenario, ScenarioEvent } from "./Scenario.ts"

/** How far a scenario has come. */
export interface Played {
  /** Events that happened. */
  readonly happened: () => number
  /** What could not happen, and why: a market that is not there, a tick that is not finer. */
  readonly failures: ReadonlyArray<string>
}

/** How long a price takes where an event does not say, ms. */
const usualTime = 1_000

/** Sets a scenario going; `startedAt` in ms UTC. */
export const play = (options: {
  readonly scenario: Scenario
  readonly generator: Generator
  readonly prices: Prices
  readonly seed: number
  readonly startedAt: number
  /** Takes what happened, for the ledger. */
  readonly record?: (line: LedgerLine) => void
}): Played => {
  const { generator, prices, record = () => {}, scenario, startedAt } = options
  const failures: Array<string> = []
  let happened = 0

  const marketOf = (name: MarketName): FlowMarket | string => {
    const market = typeof name === "number"
      ? generator.markets[name - 1]
      : generator.markets.find(({ listing }) => listing.slug === name || listing.conditionId === name)
    if (market === undefined) return `there is no market ${name}`
    return market.resolvedTo === undefined ? market : `market ${name} is resolved`
  }

  /** Does something to a market; why not, when it cannot be. */
  const withMarket = (name: MarketName, act: (market: FlowMarket) => string | undefined | void): string | undefined => {
    const market = marketOf(name)
    return typeof market === "string" ? market : act(market) ?? undefined
  }

  const happen = (event: ScenarioEvent, at: number): string | undefined => {
    const { crash, pause, price, resolve, spike, tick } = event
    if (crash !== undefined) {
      return withMarket(
        crash.market,
        (market) => generator.lead(market, { to: crash.to, from: at, over: crash.over ?? usualTime })
      )
    }
    if (spike !== undefined) {
      return withMarket(
        spike.market,
        (market) =>
          generator.lead(market, { to: spike.to, from: at, over: spike.over ?? usualTime, lasting: spike.for })
      )
    }
    if (tick !== undefined) {
      return withMarket(tick.market, (market) =>
        generator.changeTick(market, Math.round(tick.to * 1e6), at)
          ? undefined
          : `the tick of market ${tick.market} is not a multiple of ${tick.to}`)
    }
    if (resolve !== undefined) {
      return withMarket(resolve.market, (market) => {
        const { outcomes } = market.listing
        const winner = typeof resolve.outcome === "number" ? resolve.outcome : outcomes.indexOf(resolve.outcome)
        if (winner < 0) return `market ${resolve.market} has the outcomes ${outcomes.join(" and ")}`
        generator.resolve(market, winner, at)
      })
    }
    if (pause !== undefined) {
      if (pause.market === undefined) generator.pause(at + pause.for)
      else return withMarket(pause.market, (market) => void (market.pausedUntil = at + pause.for))
    }
    if (price !== undefined) {
      prices.shock(price.symbol, { by: price.by, from: at, over: price.over ?? usualTime, lasting: price.for })
    }
    if (event.list !== undefined) generator.list(at)
    return undefined
  }

  for (const series of scenario.series ?? []) Rounds.start({ ...options, series })
  for (const event of scenario.events ?? []) {
    const { at: _, ...what } = event
    generator.schedule(startedAt + event.at, (at) => {
      record({ kind: "happening", ...what })
      const failure = happen(event, at)
      if (failure === undefined) happened++
      else failures.push(failure)
    })
  }
  return { happened: () => happened, failures }
}
