/**
 * Messages of policies and of the engine itself, handed to the notifier without waiting for whom they are for. What became of one that is delivered
 * later is written into the audit trail when it is known.
 */
import { Effect } from "effect"
import { oneLine } from "../../domain/OneLine.ts"
import type { Settings } from "../../Settings.ts"
import type { AuditEntry } from "../AuditLog.ts"
import type { Delivery, Notification, Notifier } from "../Notifier.ts"
import type { DecidedAction, Decision } from "../policy/Decision.ts"
import { type Done, done } from "./ActionOutcome.ts"

/** What the engine tells by itself. */
export interface Notice {
  readonly kind: "orders" | "risk"
  readonly policyId: string
  readonly text: string
  readonly firingId?: string
  /** The same for the same news. */
  readonly key: string
  /** Event time, ms UTC. */
  readonly time: number
}

/** A decision that is about orders: its messages go before others. */
const isAboutOrders = ({ actions }: Decision): boolean =>
  actions.some((action) => /^(?:PlaceOrder|CancelOrders)$/.test(action._tag === "Deferred" ? action.of : action._tag))

/** Makes them; `write` appends an entry to journal and audit. */
export const make = (
  notifier: typeof Notifier.Service,
  channels: (typeof Settings.Service)["channels"],
  write: (entry: AuditEntry) => Effect.Effect<unknown>
) => {
  const outcome = (
    actor: string,
    notification: Notification,
    index: number | undefined
  ) =>
  ({ failed, tries }: Delivery): Effect.Effect<void> =>
    Effect.asVoid(write({
      actor,
      kind: "notification",
      ...(notification.firingId === undefined ? {} : { correlationId: notification.firingId }),
      payload: {
        ...(index === undefined ? { text: notification.text } : { index }),
        channel: notification.channel,
        ...(failed === undefined ? { delivered: true, tries } : { failed, tries })
      }
    }))

  /** Hands a message over; what is wrong with it at once, written down. */
  const hand = Effect.fnUntraced(function*(notification: Notification, index: number | undefined) {
    const actor = index === undefined ? "engine" : `policy:${notification.policyId}`
    const told = outcome(actor, notification, index)
    return yield* notifier.notify(notification, told).pipe(
      Effect.as(undefined),
      Effect.catch((error) =>
        Effect.logWarning(error.message).pipe(
          Effect.annotateLogs({ service: "notifier", policy: notification.policyId }),
          Effect.andThen(told({ tries: 0, failed: error.message })),
          Effect.as(error.message)
        )
      )
    )
  })

  const wants = (kind: Notice["kind"]): ReadonlyArray<string> =>
    Object.entries(channels).flatMap(([name, { notices }]) => notices.includes(kind) ? [name] : [])
  const listeners = { orders: wants("orders"), risk: wants("risk") }

  return {
    /** Sends a policy's message; it fails only when there is no such channel. */
    notify: (
      decision: Decision,
      { channel, markup, text }: Extract<DecidedAction, { _tag: "Notification" }>,
      index: number
    ): Effect.Effect<Done> =>
      Effect.map(
        hand({
          channel,
          policyId: decision.policyId,
          text,
          ...(markup === undefined ? {} : { markup }),
          firingId: decision.firingId,
          key: `${decision.firingId}-${index}`,
          time: decision.receivedAt,
          isUrgent: isAboutOrders(decision)
        }, index),
        (failed) => done("notification", failed)
      ),
    /** Tells the channels that want to know. */
    notice: ({ key, kind, text, ...rest }: Notice): Effect.Effect<void> =>
      Effect.forEach(
        listeners[kind],
        (channel) =>
          hand({ ...rest, channel, text: oneLine(text), key: `${key}-${channel}`, isUrgent: true }, undefined),
        { discard: true }
      )
  }
}
