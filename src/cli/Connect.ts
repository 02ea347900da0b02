/** Finds the markets to follow, connects to the venue, and follows what policies name as they change. */
import { Effect, FiberHandle, Queue, Schedule } from "effect"
import type { Endpoints } from "../client/polymarket/EndpointsSchema.ts"
import { Engine } from "../engine/Engine.ts"
import * as Following from "../engine/Following.ts"
import * as Sources from "../engine/ingestor/All.ts"
import * as Markets from "../engine/Markets.ts"
import { Portfolio } from "../engine/Portfolio.ts"
import { StateManager } from "../engine/StateManager.ts"
import type { SettingsFile } from "../Settings.ts"

/** One second doubling to thirty, jittered, for as long as it takes. */
const untilReached = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

/** What helps when the venue cannot be reached. */
export const hint = "To try the engine without the venue: --sim"

/** What was asked for. */
export interface ConnectOptions {
  readonly markets: ReadonlyArray<string> | undefined
  readonly top: number | undefined
  readonly verifyBooks: boolean
}

/** Makes the connection of a run. */
export const make = Effect.fnUntraced(function*(
  options: ConnectOptions,
  settings: typeof SettingsFile.Type,
  policies: ReadonlyArray<Following.Naming>,
  venue: Endpoints & { readonly gamma: string; readonly marketSocket: string }
) {
  const engine = yield* Engine
  const portfolio = yield* Portfolio
  const state = yield* StateManager
  let feeds: Sources.Feeds | undefined
  let trouble = ""

  const report = (message: string) =>
    Effect.suspend(() => {
      if (trouble === message) return Effect.void
      trouble = message
      return Effect.logWarning(`${message}; trying again. ${hint}`)
    })

  const own = Following.namesOf([{ markets: options.markets ?? [], tokens: [] }])
  const wishes = {
    names: own.markets,
    tokens: own.tokens,
    top: options.top ?? (options.markets === undefined ? settings.markets.top : 0)
  }
  const reloaded = yield* Queue.sliding<ReadonlyArray<Following.Naming>>(1)

  const reportUnknown = (unknown: ReadonlyArray<Markets.Unknown>) =>
    Effect.forEach(
      unknown,
      ({ name, reason }) => Effect.logWarning(`${reason ?? `no market is called ${name}`}; ${name} is not followed`),
      { discard: true }
    )

  const untilAnswered = <A, E extends { readonly message: string }, R>(ask: Effect.Effect<A, E, R>) =>
    ask.pipe(Effect.tapError((error) => report(error.message)), Effect.retry(untilReached), Effect.orDie)

  const connect = Effect.gen(function*() {
    const names = Following.namesOf(policies)
    const named = yield* untilAnswered(Markets.choose({ names: names.markets, tokens: names.tokens, top: 0 }))
    const lasting = yield* untilAnswered(Markets.choose(wishes))
    const markets = [...new Map(
      [...lasting.markets, ...named.markets].map((market) => [market.conditionId, market])
    ).values()]
    yield* reportUnknown([...lasting.unknown, ...named.unknown])
    if (markets.length + own.series.length + names.series.length === 0) {
      yield* Effect.logWarning("no market to follow; name some with --markets or --top")
    }
    const started = yield* Sources.feeds({
      marketSocket: venue.marketSocket,
      markets,
      verifyBooks: options.verifyBooks || settings.books.verify,
      refreshMarkets: settings.markets.refresh
    })
    feeds = started
    yield* Effect.logInfo(`following ${markets.length} markets`)
    for (const ingestor of started.all) yield* engine.run(ingestor)
    const following = Following.make({
      followers: {
        follow: (some) => Effect.andThen(Effect.sync(() => started.gamma.follow(some)), started.clob.follow(some)),
        unfollow: (some) => Effect.andThen(Effect.sync(() => started.gamma.unfollow(some)), started.clob.unfollow(some))
      },
      run: engine.run,
      lasting: { markets: lasting.markets, series: own.series },
      named: { markets: named.markets, names },
      isHeld: ({ conditionId, outcomes }) =>
        state.market(conditionId)?.status === "open" && outcomes.some(({ assetId }) => {
          const { size } = portfolio.position(assetId)
          return size > 0 || portfolio.openSize(assetId, "buy") > 0
        }),
      onUnknown: reportUnknown
    })
    yield* untilAnswered(following.follow(policies))
    const keepUp = Effect.gen(function*() {
      const latest = yield* FiberHandle.make<void>()
      while (true) {
        const now = yield* Queue.take(reloaded)
        yield* FiberHandle.run(latest, untilAnswered(following.follow(now)))
      }
    }).pipe(Effect.scoped)
    yield* Effect.forkScoped(keepUp)
    yield* Effect.suspend(() => {
      const error = started.clob.lastError()
      return error === undefined || started.clob.everConnected() ? Effect.void : report(error)
    }).pipe(Effect.repeat(Schedule.spaced("1 second")))
  })

  /** Asks once more, when a run was too short to hear why no feed connected. */
  const askWhy = Markets.choose(wishes).pipe(
    Effect.match({
      onFailure: (error) => error.message,
      onSuccess: () => `${venue.marketSocket}: no connection in time`
    }),
    Effect.timeoutOrElse({
      duration: "4 seconds",
      orElse: () => Effect.succeed(`${venue.gamma}: no answer in time`)
    })
  )

  return {
    /** Connects as soon as the venue answers; then for ever, keeping up with the policies. */
    connect: Effect.scoped(connect),
    /** What policies name from here on. */
    follow: (now: ReadonlyArray<Following.Naming>) => Effect.asVoid(Queue.offer(reloaded, now)),
    /** The feeds, once they are made. */
    feeds: () => feeds,
    /** Why nothing has connected. */
    why: Effect.suspend(() => {
      const error = feeds?.clob.lastError()
      return error !== undefined ? Effect.succeed(error) : trouble === "" ? askWhy : Effect.succeed(trouble)
    })
  }
})
