/** Messages to a person, by channel. The console channel prints one line a message, control characters taken out. */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason, Rejected } from "../domain/Failure.ts"
import { oneLine } from "../domain/OneLine.ts"

/** Why a message did not go out. */
export class NotifierError extends Schema.TaggedError<NotifierError>()("NotifierError", { reason: Reason }) {
  override get message(): string {
    return `Notifier: ${this.reason.message}`
  }
}

/** A message on its way. */
export interface Notification {
  readonly channel: string
  readonly policyId: string
  readonly text: string
}

export class Notifier extends Context.Service<Notifier, {
  /** Delivers a message, or says why not. */
  readonly notify: (notification: Notification) => Effect.Effect<void, NotifierError>
}>()("polymarket-hft/engine/Notifier") {
  /** Writes messages to the log, one line each. */
  static readonly layerConsole = Layer.succeed(
    Notifier,
    Notifier.of({
      notify: ({ channel, policyId, text }) =>
        channel === "console"
          ? Effect.logInfo(oneLine(text)).pipe(Effect.annotateLogs({ service: "notifier", policy: policyId }))
          : Effect.fail(
            new NotifierError({
              reason: new Rejected({
                where: `channel ${channel}`,
                code: "unknown",
                detail: "expected a configured channel"
              })
            })
          )
    })
  )
}
