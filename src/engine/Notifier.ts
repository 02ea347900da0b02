/**
 * Messages to people and other programs, by channel. Whoever hands one over never waits for whom it is for: a channel has a queue and a fiber of its
 * own. The console prints one line a message, control characters taken out.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason, Rejected } from "../domain/Failure.ts"
import { oneLine } from "../domain/OneLine.ts"
import * as Channels from "./notifier/Channels.ts"
import { makeLanes } from "./notifier/Lane.ts"

/** Why a message did not go out. */
export class NotifierError extends Schema.TaggedError<NotifierError>()("NotifierError", { reason: Reason }) {
  override get message(): string {
    return `Notifier: ${this.reason.message}`
  }
}

/** A message on its way. */
export interface Notification {
  readonly channel: string
  /** Whose message it is; "engine" where no policy speaks. */
  readonly policyId: string
  readonly text: string
  /** The text as HTML with values escaped; absent: the text has none. */
  readonly markup?: string
  /** The firing it is about; absent when there is none. */
  readonly firingId?: string
  /** The same whenever the same message is repeated, and for no other. */
  readonly key: string
  /** Event time, ms UTC. */
  readonly time: number
  /** About orders or risk: goes before others. */
  readonly isUrgent: boolean
}

/** What became of a message that was handed over; `failed`: why it was not delivered, or why that is not known. */
export interface Delivery {
  readonly tries: number
  readonly failed?: string
}

export class Notifier extends Context.Service<Notifier, {
  /**
   * Takes a message, or says why not, without waiting. A notifier that delivers later tells what became of it, once, by `told`; one that does not
   * call it has delivered when this succeeds.
   */
  readonly notify: (
    notification: Notification,
    told?: (delivery: Delivery) => Effect.Effect<void>
  ) => Effect.Effect<void, NotifierError>
  /** Waits a few seconds for what is on its way, then gives up the rest and tells of it; absent: nothing ever is. */
  readonly finish?: Effect.Effect<void>
}>()("polymarket-hft/engine/Notifier") {
  /** Writes messages for the console to the log, one line each; no other channel is there. */
  static readonly layerConsole = Layer.succeed(Notifier, Notifier.of({ notify: (message) => print(message) }))

  /** The console, and channels that were read from settings and environment. */
  static readonly layer = (channels: Channels.Channels) =>
    Layer.effect(
      Notifier,
      Effect.gen(function*() {
        const lanes = yield* makeLanes(Channels.senders(channels))
        return Notifier.of({
          notify: (notification, told) =>
            channels.get(notification.channel)?.type === "console"
              ? write(notification)
              : lanes.offer(notification, told)
              ? Effect.void
              : unknown(notification),
          finish: lanes.finish
        })
      })
    )
}

const write = ({ policyId, text }: Notification) =>
  Effect.logInfo(oneLine(text)).pipe(Effect.annotateLogs({ service: "notifier", policy: policyId }))

const unknown = ({ channel }: Notification) =>
  Effect.fail(
    new NotifierError({
      reason: new Rejected({ where: `channel ${channel}`, code: "unknown", detail: "expected a configured channel" })
    })
  )

const print = (notification: Notification) =>
  notification.channel === "console" ? write(notification) : unknown(notification)
