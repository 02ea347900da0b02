/** An action executor in a small world: a journal and a venue that do what they are told to, and everything that happened in its order. */
import { Effect, Layer, Queue, Stream } from "effect"
import { Unavailable, Unconfirmed } from "../../src/domain/Failure.ts"
import type { Intent, OrderId } from "../../src/domain/Order.ts"
import type { Price } from "../../src/domain/Price.ts"
import type { Size } from "../../src/domain/Size.ts"
import { ActionExecutor } from "../../src/engine/ActionExecutor.ts"
import { AuditLog } from "../../src/engine/AuditLog.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { noBound } from "../../src/engine/EventId.ts"
import { hashOf } from "../../src/engine/HashOf.ts"
import { Journal, JournalError } from "../../src/engine/Journal.ts"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import { unstamped } from "../../src/engine/MarketEvent.ts"
import type { EventId, MarketEvent } from "../../src/engine/MarketEvent.ts"
import type { Notification } from "../../src/engine/Notifier.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import type { Decision } from "../../src/engine/policy/Decision.ts"
import { Portfolio } from "../../src/engine/Portfolio.ts"
import { RiskGate } from "../../src/engine/RiskGate.ts"
import { StateManager } from "../../src/engine/StateManager.ts"
import { Venue, VenueError } from "../../src/engine/Venue.ts"
import type { OpenOrder, VenueUpdate } from "../../src/engine/Venue.ts"
import { Webhook } from "../../src/engine/Webhook.ts"
import { Workers } from "../../src/engine/Workers.ts"
import * as SettingsModule from "../../src/Settings.ts"
import { markets, tokens } from "../arbitrary/Events.ts"

/** The asset orders are for. */
export const assetId = tokens[0] as Intent["assetId"]
/** A price in cents. */
export const cents = (n: number) => (n * 10_000) as Price
/** A size in shares. */
export const shares = (n: number) => (n * 1_000_000) as Size
const head = { id: unstamped, time: 0, receivedAt: 0, source: "clob" }

/** A decision that notifies and buys. */
export const decisionOf = (n: number, size = 10): Decision => ({
  firingId: hashOf([String(n)]),
  policyId: "p",
  revision: "r",
  eventId: n as EventId,
  receivedAt: n,
  assetId,
  market: undefined,
  actions: [
    { _tag: "Notification", channel: "console", text: `firing ${n}`, continues: false },
    {
      _tag: "PlaceOrder",
      continues: false,
      request: {
        assetId,
        side: "buy",
        price: cents(50),
        size: shares(size),
        amount: undefined,
        timeInForce: "GTC",
        postOnly: false,
        expiresAt: undefined,
        validUntil: Number.MAX_SAFE_INTEGER
      }
    }
  ]
})

/** Everything that happened, in the order it happened. */
export interface World {
  readonly steps: Array<string>
  readonly records: Array<JournalRecord>
  readonly restored: Array<OpenOrder>
  readonly news: Queue.Queue<VenueUpdate>
  /** Messages handed over, with what tells how they went. */
  readonly messages: Array<{
    readonly notification: Notification
    readonly told: Parameters<typeof Notifier.Service["notify"]>[1]
  }>
  told: number
  /** ms an append takes. */
  journalTakes: number
  journalFails: boolean
  placeFails: boolean
  /** The venue takes orders and says nothing of them. */
  isSilent: boolean
}

/** The executor in a world, over what an earlier run left. */
export const layerOf = (
  world: World,
  recovered: ReadonlyArray<JournalRecord>,
  settings: unknown = {},
  notifier: Layer.Layer<Notifier> = remembering(world)
) => layerOver(world, journalOf(world, recovered), settings, notifier)

/** A notifier that takes every message and tells nobody. */
const remembering = (world: World) =>
  Layer.succeed(
    Notifier,
    Notifier.of({
      notify: (notification, told) =>
        Effect.sync(() => {
          world.steps.push(`notify ${notification.text}`)
          world.messages.push({ notification, told })
        })
    })
  )

const journalOf = (world: World, recovered: ReadonlyArray<JournalRecord>) =>
  Layer.succeed(
    Journal,
    Journal.of({
      recovered,
      append: (records) =>
        world.journalFails
          ? Effect.fail(
            new JournalError({
              operation: "append",
              reason: new Unavailable({ where: "journal", detail: "disk full" })
            })
          )
          : Effect.andThen(
            world.journalTakes === 0 ? Effect.void : Effect.sleep(world.journalTakes),
            Effect.sync(() => {
              world.records.push(...records)
              world.steps.push(...records.filter(({ _tag }) => _tag !== "Audit").map(({ _tag }) => `journal ${_tag}`))
            })
          )
    })
  )
/** The executor in a world, over a journal. */
export const layerOver = <E>(
  world: World,
  journal: Layer.Layer<Journal, E>,
  settings: unknown = {},
  notifier: Layer.Layer<Notifier> = remembering(world)
) => {
  const venue = Layer.succeed(
    Venue,
    Venue.of({
      name: "test",
      wallet: "w",
      orderIdOf: (intent) => `0x${hashOf([intent.intentId])}` as OrderId,
      place: (intent) =>
        Effect.suspend(() => {
          world.steps.push("place")
          return world.placeFails
            ? Effect.fail(
              new VenueError({ operation: "place", reason: new Unconfirmed({ where: "venue", detail: "no reply" }) })
            )
            : Effect.sync(() => {
              if (world.isSilent) return
              world.told++
              Queue.offerUnsafe(world.news, {
                intentId: intent.intentId,
                status: "live",
                fill: undefined,
                reason: undefined
              })
            })
        }),
      cancel: (intentIds) => Effect.sync(() => void world.steps.push(`cancel ${intentIds.length}`)),
      restore: (orders) => Effect.sync(() => void world.restored.push(...orders)),
      updates: Stream.fromQueue(world.news),
      told: () => world.told
    })
  )
  const webhook = Layer.succeed(
    Webhook,
    Webhook.of({
      send: (request, key) =>
        Effect.suspend(() => {
          world.steps.push(`webhook ${request.url} ${key}`)
          return request.url.includes("slow")
            ? Effect.never
            : Effect.succeed({ host: "example.com", status: 200, tries: 1 })
        })
    })
  )
  return ActionExecutor.layer.pipe(
    Layer.provideMerge(RiskGate.layer),
    Layer.provideMerge(Layer.mergeAll(StateManager.layer, Portfolio.layer, AuditLog.layer)),
    Layer.provideMerge(Dispatcher.layer),
    Layer.provideMerge(EventClock.layer({ instance: 0, after: noBound })),
    Layer.provideMerge(
      Layer.mergeAll(
        Workers.layer,
        Layer.effect(SettingsModule.Settings, Effect.orDie(SettingsModule.decode(settings))),
        AuditStore.layerMemory,
        journal,
        venue,
        notifier,
        webhook
      )
    )
  )
}

/** A world where nothing happened. */
export const worldOf = Effect.gen(function*() {
  const news = yield* Queue.unbounded<VenueUpdate>()
  const world: World = {
    steps: [],
    records: [],
    restored: [],
    news,
    messages: [],
    told: 0,
    journalTakes: 0,
    journalFails: false,
    placeFails: false,
    isSilent: false
  }
  return world
})

/** What makes orders possible: a market and its book. */
export const market: ReadonlyArray<MarketEvent> = [
  { ...head, _tag: "MarketMetadata", market: markets[0] as NonNullable<typeof markets[0]> },
  {
    ...head,
    _tag: "OrderBookSnapshot",
    market: markets[0]?.conditionId as Intent["market"],
    assetId,
    bids: [{ price: cents(49), size: shares(100) }],
    asks: [{ price: cents(50), size: shares(100) }]
  }
]
