/**
 * Makes decisions real: a firing is journaled before its first action, an order passes the risk gate, is reserved and journaled
 * before it is sent, and everything that becomes of it is journaled before it counts. Decisions run in their own lane, one after
 * another; sending does not hold up the next.
 */
import { Context, Effect, FiberSet, Layer, Queue, Redacted, Schedule, Stream } from "effect"
import type { Decimal } from "../domain/Decimal.ts"
import * as Micro from "../domain/Micro.ts"
import { isFinal } from "../domain/Order.ts"
import type { Fill, Intent, IntentId, OrderStatus } from "../domain/Order.ts"
import * as Position from "../domain/Position.ts"
import type { Size } from "../domain/Size.ts"
import { Settings } from "../Settings.ts"
import { AuditLog } from "./AuditLog.ts"
import type { AuditEntry } from "./AuditLog.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { EventClock } from "./EventClock.ts"
import { type Done, done, isAnswered, type Progress, refused, resultOf, statusOf } from "./executor/ActionOutcome.ts"
import * as OrderNotice from "./executor/OrderNotice.ts"
import type { Notice } from "./executor/Telling.ts"
import * as Telling from "./executor/Telling.ts"
import { hashOf } from "./HashOf.ts"
import { Journal } from "./Journal.ts"
import type { JournalRecord, OutcomeRecord } from "./Journal.ts"
import { modeEvent, unstamped } from "./MarketEvent.ts"
import type { MarketEvent, OrderUpdate, PositionUpdate } from "./MarketEvent.ts"
import { Notifier } from "./Notifier.ts"
import type { DecidedAction, Decision, DeferredAction, OrderRequest } from "./policy/Decision.ts"
import type { ActionResult } from "./policy/Results.ts"
import * as Results from "./policy/Results.ts"
import { averagePriceOf, Portfolio } from "./Portfolio.ts"
import { RiskGate } from "./RiskGate.ts"
import { StateManager } from "./StateManager.ts"
import { Venue } from "./Venue.ts"
import type { OpenOrder, VenueUpdate } from "./Venue.ts"
import { Webhook } from "./Webhook.ts"
import { Workers } from "./Workers.ts"

/** Decisions that may wait; beyond it they are refused and counted, since a late order is worse than none. */
const laneCapacity = 4_096

/** How long an action that looks back waits for the venue's answer; after that it goes by what is known. */
const answerDeadline = "5 seconds"

export class ActionExecutor extends Context.Service<ActionExecutor, {
  /** Takes a decision into the lane; false when the lane is full and the decision is lost. */
  readonly submit: (decision: Decision) => boolean
  /** Decisions lost because the lane was full. */
  readonly lost: () => number
  /**
   * Tells everybody what earlier runs left, once all consumers listen: positions and open orders come back, and an intent that
   * was never answered gets its answer.
   */
  readonly announce: Effect.Effect<void>
  /** True when no decision waits, no order is being sent and no news of one waits to be written down. */
  readonly isIdle: () => boolean
  /** Waits until every decision taken is acted on, every order sent is answered, and all of that is written down. */
  readonly drain: Effect.Effect<void>
  /** Tells the channels that want to know. */
  readonly notice: (notice: Notice) => Effect.Effect<void>
  /** Waits a few seconds for messages that are on their way. */
  readonly farewell: Effect.Effect<void>
}>()("polymarket-hft/engine/ActionExecutor") {
  static readonly layer = Layer.effect(
    ActionExecutor,
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const clock = yield* EventClock
      const journal = yield* Journal
      const audit = yield* AuditLog
      const notifier = yield* Notifier
      const portfolio = yield* Portfolio
      const risk = yield* RiskGate
      const state = yield* StateManager
      const settings = yield* Settings
      const venue = yield* Venue
      const webhook = yield* Webhook
      const workers = yield* Workers
      const lane = yield* Queue.make<Decision>({ capacity: laneCapacity, strategy: "dropping" })
      const sending = yield* FiberSet.make<void, never>()
      let lost = 0
      let busy = 0
      let underWay = 0
      let settled = 0

      /** Journals records with audit entries in one append; false, with nothing done, when the journal cannot take them. */
      const journaled = Effect.fnUntraced(function*(
        records: ReadonlyArray<JournalRecord>,
        entries: ReadonlyArray<AuditEntry>
      ) {
        const audits = entries.map(audit.record)
        return yield* journal.append([...records, ...audits]).pipe(
          Effect.as(true),
          Effect.tap(() => Effect.sync(() => audit.copy(audits))),
          Effect.catch((error) => Effect.as(Effect.logError(error.message), false))
        )
      })

      const telling = Telling.make(notifier, settings.channels, (entry) => journaled([], [entry]))

      const publish = (events: ReadonlyArray<MarketEvent>) =>
        Effect.sync(() => dispatcher.publish({ events, arrivedAt: performance.now() }))

      const head = { id: unstamped, time: 0, receivedAt: 0 }

      const orderUpdate = (
        intent: Intent,
        status: OrderStatus,
        filledSize: Size,
        more: {
          readonly fill?: Fill | undefined
          readonly reason?: string | undefined
          readonly average?: Decimal | undefined
        }
      ): OrderUpdate => ({
        ...head,
        _tag: "OrderUpdate",
        source: venue.name,
        orderId: intent.orderId,
        intentId: intent.intentId,
        policyId: intent.policyId,
        market: intent.market,
        assetId: intent.assetId,
        side: intent.side,
        price: intent.price,
        size: intent.size,
        status,
        filledSize,
        ...(more.average === undefined ? {} : { averagePrice: more.average }),
        ...(more.fill === undefined ? {} : { fill: more.fill }),
        ...(more.reason === undefined ? {} : { reason: more.reason })
      })

      const positionUpdate = (assetId: Intent["assetId"]): PositionUpdate => {
        const position = portfolio.position(assetId)
        const average = Position.averagePrice(position)
        return {
          ...head,
          _tag: "PositionUpdate",
          source: venue.name,
          wallet: venue.wallet,
          assetId,
          size: position.size,
          ...(average === undefined ? {} : { averagePrice: average }),
          realizedPnl: Micro.format(position.realized)
        }
      }

      /** Counts what became of an intent, writes it down, then tells everybody. */
      const settle = Effect.fnUntraced(function*(
        outcome: Pick<OutcomeRecord, "intentId" | "status"> & { fill?: Fill | undefined; reason?: string | undefined }
      ) {
        const before = portfolio.order(outcome.intentId)
        if (before === undefined || isFinal(before.status)) return
        const after = portfolio.settle({
          intentId: outcome.intentId,
          status: outcome.status,
          ...(outcome.fill === undefined ? {} : { fill: outcome.fill }),
          ...(outcome.reason === undefined ? {} : { reason: outcome.reason })
        })
        if (after === undefined) return
        const average = averagePriceOf(after)
        const record: OutcomeRecord = {
          _tag: "Outcome",
          intentId: outcome.intentId,
          status: outcome.status,
          filledSize: after.filledSize,
          ...(average === undefined ? {} : { averagePrice: average }),
          ...(outcome.fill === undefined ? {} : { fill: outcome.fill }),
          ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
          receivedAt: clock.now()
        }
        const { intent } = after
        yield* journaled([record], [{
          actor: venue.name,
          kind: outcome.fill === undefined ? "order" : "fill",
          assetId: intent.assetId,
          correlationId: intent.firingId,
          payload: record
        }])
        const update = orderUpdate(intent, outcome.status, after.filledSize, { ...outcome, average })
        yield* publish(outcome.fill === undefined ? [update] : [update, positionUpdate(intent.assetId)])
        const text = OrderNotice.ofOutcome(intent, state.marketOf(intent.assetId), outcome)
        if (text === undefined) return
        yield* telling.notice({
          kind: "orders",
          policyId: intent.policyId,
          text,
          firingId: intent.firingId,
          key: `${intent.intentId}-${outcome.status}-${after.filledSize}`,
          time: record.receivedAt
        })
      })

      const place = Effect.fnUntraced(function*(
        decision: Decision,
        request: OrderRequest,
        index: number
      ): Effect.fn.Return<Done> {
        const market = state.marketOf(request.assetId)
        const intentId = hashOf([decision.firingId, String(index), "0"]) as IntentId
        const refusal = risk.judge(request)
        const about = {
          actor: `policy:${decision.policyId}`,
          assetId: request.assetId,
          correlationId: decision.firingId
        }
        if (refusal !== undefined || market === undefined) {
          portfolio.countRefused()
          yield* journaled([], [{ ...about, kind: "refusal", payload: { intentId, request, refusal } }])
          yield* Effect.logInfo(
            `order refused by ${refusal?.check ?? "venueRules"}: ${refusal?.reason ?? "unknown market"}`
          )
            .pipe(Effect.annotateLogs({ service: "risk", policy: decision.policyId }))
          const why = refusal?.reason ?? "the market is not known"
          yield* telling.notice({
            kind: "risk",
            policyId: decision.policyId,
            text: OrderNotice.ofRefusal(request, market, decision.policyId, why),
            firingId: decision.firingId,
            key: `${intentId}-refused`,
            time: decision.receivedAt
          })
          return refused(why)
        }
        const draft = {
          intentId,
          policyId: decision.policyId,
          firingId: decision.firingId,
          market: market.conditionId,
          assetId: request.assetId,
          side: request.side,
          price: request.price,
          size: request.size,
          ...(request.amount === undefined ? {} : { amount: request.amount }),
          timeInForce: request.timeInForce,
          postOnly: request.postOnly,
          ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
          createdAt: decision.receivedAt,
          validUntil: request.validUntil
        }
        const intent: Intent = { ...draft, orderId: venue.orderIdOf(draft) }
        portfolio.reserve(intent)
        const written = yield* journaled([{ _tag: "Intent", intent }], [{ ...about, kind: "intent", payload: intent }])
        if (!written) {
          portfolio.settle({ intentId, status: "rejected" })
          return refused("the journal cannot take it")
        }
        yield* publish([orderUpdate(intent, "pending", 0 as Size, {})])
        underWay++
        yield* FiberSet.run(
          sending,
          venue.place(intent).pipe(
            Effect.catch((error) => settle({ intentId, status: "unknown", reason: error.message })),
            Effect.ensuring(Effect.sync(() => void underWay--))
          )
        )
        return { intentId, result: orderResult(intentId) }
      })

      const cancel = Effect.fnUntraced(function*(action: Extract<DecidedAction, { _tag: "CancelOrders" }>) {
        const chosen = portfolio.openOrders().filter(({ intent }) =>
          (action.policyId === undefined || intent.policyId === action.policyId) &&
          (action.assetId === undefined || intent.assetId === action.assetId) &&
          (action.market === undefined || intent.market === action.market) &&
          (action.side === undefined || intent.side === action.side) &&
          (action.orderId === undefined || intent.orderId === action.orderId)
        )
        return yield* venue.cancel(chosen.map(({ intent }) => intent.intentId)).pipe(
          Effect.as(undefined),
          Effect.catch((error) => Effect.as(Effect.logWarning(error.message), error.message))
        )
      })

      const callWebhook = Effect.fnUntraced(function*(
        decision: Decision,
        action: Extract<DecidedAction, { _tag: "Webhook" }>,
        index: number
      ) {
        const about = { actor: `policy:${decision.policyId}`, kind: "webhook", correlationId: decision.firingId }
        return yield* webhook.send(Redacted.value(action.request), `${decision.firingId}-${index}`).pipe(
          Effect.matchEffect({
            onSuccess: (answer) =>
              Effect.as(
                journaled([], [{ ...about, payload: { index, ...answer } }]),
                done("webhook", undefined, answer.status)
              ),
            onFailure: (error) =>
              Effect.logWarning(error.message).pipe(
                Effect.annotateLogs({ service: "webhook", policy: decision.policyId }),
                Effect.andThen(journaled([], [{ ...about, payload: { index, failed: error.message } }])),
                Effect.as(done("webhook", error.message, statusOf(error)))
              )
          })
        )
      })

      const act = Effect.fnUntraced(function*(
        decision: Decision,
        action: DecidedAction,
        index: number
      ): Effect.fn.Return<Done> {
        switch (action._tag) {
          case "Notification":
            return yield* telling.notify(decision, action, index)
          case "PlaceOrder":
            return yield* place(decision, action.request, index)
          case "CancelOrders":
            return done("order", yield* cancel(action))
          case "Webhook":
            return yield* callWebhook(decision, action, index)
          case "Impossible":
            yield* Effect.logWarning(`action ${index + 1} is impossible: ${action.reason}`).pipe(
              Effect.annotateLogs({ service: "policy", policy: decision.policyId })
            )
            return refused(action.reason)
        }
      })

      /** What is known of an order so far. */
      const orderResult = (intentId: IntentId): ActionResult => {
        const order = portfolio.order(intentId)
        return order === undefined ? refused("not known").result : resultOf(order)
      }

      /** Waits until the venue has said of an order what it says at once, and all that it said by then is counted. */
      const answered = (intentId: IntentId) =>
        Effect.gen(function*() {
          yield* Effect.sync(() => isAnswered(portfolio.order(intentId))).pipe(
            Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: (isSo) => isSo })
          )
          const told = venue.told()
          yield* Effect.sync(() => settled >= told).pipe(
            Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: (isSo) => isSo })
          )
        }).pipe(Effect.timeoutOption(answerDeadline))

      /** Fills in an action that looks back, once there is something to look back at, and writes down what it has become. */
      const fillIn = Effect.fnUntraced(function*(
        decision: Decision,
        action: DeferredAction,
        index: number,
        progress: Progress
      ) {
        const { placed } = progress
        if (placed !== undefined && (action.looksAtOrder || placed.index === index - 1)) {
          yield* answered(placed.intentId)
          const result = orderResult(placed.intentId)
          progress.results = {
            order: result.order,
            previous: placed.index === index - 1 ? result : progress.results.previous
          }
          if (result.error !== undefined && !placed.continues) return undefined
        }
        // What a template throws costs its action, like one that cannot be filled in, and not the engine.
        const filled = yield* Effect.try({ try: () => action.fill(progress.results), catch: String }).pipe(
          Effect.catch((reason) =>
            Effect.succeed({ _tag: "Impossible" as const, reason: `failed: ${reason}`, continues: action.continues })
          )
        )
        const shown = filled._tag === "Webhook" ? { ...filled, request: filled.shown } : filled
        yield* journaled([], [{
          actor: `policy:${decision.policyId}`,
          kind: "action",
          assetId: decision.assetId,
          correlationId: decision.firingId,
          payload: { index, action: shown }
        }])
        return filled
      })

      /** Acts on some of a decision's actions; false when one failed that the others do not do without. */
      const actOn = Effect.fnUntraced(function*(decision: Decision, from: number, to: number, progress: Progress) {
        for (let index = from; index < to; index++) {
          const decided = decision.actions[index]
          if (decided === undefined) continue
          const action = decided._tag === "Deferred" ? yield* fillIn(decision, decided, index, progress) : decided
          if (action === undefined) return false
          const { intentId, result } = yield* act(decision, action, index)
          progress.results = Results.after(progress.results, result)
          if (intentId !== undefined) progress.placed = { index, intentId, continues: action.continues }
          else if (result.order !== undefined) progress.placed = undefined
          if (result.error !== undefined && !action.continues) return false
        }
        return true
      })

      const carryOut = Effect.fnUntraced(function*(decision: Decision) {
        const written = yield* journaled([{
          _tag: "Firing",
          firingId: decision.firingId,
          policyId: decision.policyId,
          revision: decision.revision,
          eventId: decision.eventId,
          ...(decision.assetId === undefined ? {} : { assetId: decision.assetId }),
          ...(decision.market === undefined ? {} : { market: decision.market }),
          receivedAt: decision.receivedAt
        }, ...(decision.hold === undefined ? [] : [{ ...decision.hold, _tag: "Hold" as const, runId: audit.runId }])], [
          {
            actor: `policy:${decision.policyId}`,
            kind: "firing",
            assetId: decision.assetId,
            correlationId: decision.firingId,
            payload: { eventId: decision.eventId, actions: decision.actions, explanation: decision.explanation }
          }
        ])
        if (!written) {
          // Nothing that could not be accounted for, but an order less is no risk.
          for (const action of decision.actions) if (action._tag === "CancelOrders") yield* cancel(action)
          return
        }
        // What another program or the venue takes its time for holds up its own policy, and nobody else's orders.
        const progress: Progress = { results: Results.noResults, placed: undefined }
        const waits = decision.actions.findIndex(({ _tag }) => _tag === "Webhook" || _tag === "Deferred")
        const goesOn = yield* actOn(decision, 0, waits < 0 ? decision.actions.length : waits, progress)
        if (!goesOn || waits < 0) return
        underWay++
        yield* FiberSet.run(
          sending,
          actOn(decision, waits, decision.actions.length, progress).pipe(
            Effect.ensuring(Effect.sync(() => void underWay--)),
            Effect.asVoid
          )
        )
      })

      for (const record of journal.recovered) {
        if (record._tag === "Intent") portfolio.reserve(record.intent)
        else if (record._tag === "Outcome") portfolio.settle(record)
      }

      const announce = Effect.gen(function*() {
        const open: Array<OpenOrder> = []
        for (const { filledSize, intent, status } of portfolio.openOrders()) {
          if (status === "pending") {
            yield* settle({
              intentId: intent.intentId,
              status: "expired",
              reason: "the engine stopped before it was sent"
            })
          } else open.push({ intent, filledSize })
        }
        yield* venue.restore(open)
        const mode = venue.mode === undefined ? [] : [modeEvent(venue.name, venue.mode)]
        yield* publish([...mode, ...portfolio.assets().map(positionUpdate)])
      })

      yield* FiberSet.run(
        workers,
        Effect.gen(function*() {
          while (true) {
            const decision = yield* Queue.take(lane)
            yield* carryOut(decision)
            busy--
          }
        }),
        { startImmediately: true }
      )
      const read = (update: VenueUpdate) => Effect.andThen(settle(update), Effect.sync(() => void settled++))
      yield* FiberSet.run(workers, Stream.runForEach(venue.updates, read), { startImmediately: true })

      const isIdle = () => busy === 0 && underWay === 0 && settled === venue.told()

      return ActionExecutor.of({
        submit: (decision) => {
          const accepted = Queue.offerUnsafe(lane, decision)
          if (accepted) busy++
          else lost++
          return accepted
        },
        lost: () => lost,
        announce,
        isIdle,
        drain: Effect.sync(isIdle).pipe(
          Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: (idle) => idle }),
          Effect.asVoid
        ),
        notice: telling.notice,
        farewell: notifier.finish ?? Effect.void
      })
    })
  )
}
