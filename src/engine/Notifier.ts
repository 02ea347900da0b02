/** Messages to a person, by channel. The console channel prints one line a message, control characters taken out. */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason, Rejected } from "../domain/Failure.ts"

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

const longest = 2_048

/** One record, one line: control and direction characters made visible, cut at 2 KiB. */
export const oneLine = (text: string): string =>
  text.slice(0, longest).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )
