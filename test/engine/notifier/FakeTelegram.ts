/**
 * Telegram in memory, on the test's clock: it remembers what each chat shows, and answers as it is told to. Shares nothing with the sender but the
 * shape of requests.
 */
import { Clock, Effect, Layer, Redacted } from "effect"
import type { OutboundAnswer } from "../../../src/client/OutboundCall.ts"
import * as OutboundCall from "../../../src/client/OutboundCall.ts"
import { Unavailable } from "../../../src/domain/Failure.ts"

/** A canary that must not be seen anywhere. */
export const token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
/** The same as programs hold it. */
export const redacted = Redacted.make(token)

/** What the chat shows. */
export interface Shown {
  readonly chat: string
  readonly text: string
  readonly isMarkup: boolean
  readonly at: number
}

/** How a request is answered: `lost`: taken, and the answer never comes. */
export type Behaviour = "take" | "hang" | "lost" | { readonly status: number; readonly body: unknown }

/** An answer that says wait. */
export const wait = (seconds: number): Behaviour => ({
  status: 429,
  body: { ok: false, error_code: 429, description: `Too Many Requests`, parameters: { retry_after: seconds } }
})

/** An answer that refuses. */
export const refuse = (status: number, description: string): Behaviour => ({
  status,
  body: { ok: false, error_code: status, description }
})

interface Body {
  readonly chat_id: string
  readonly text: string
  readonly parse_mode?: string
}

/** A world with a Telegram. `behave` decides each request, from number 1. */
export const makeTelegram = (behave: (request: Body, count: number) => Behaviour = () => "take") => {
  const shown: Array<Shown> = []
  const asked: Array<number> = []
  const outgoing: typeof OutboundCall.call = ({ url }, { body = "" }) =>
    Effect.gen(function*() {
      const at = yield* Clock.currentTimeMillis
      asked.push(at)
      const request = JSON.parse(body) as Body
      const behaviour = url.pathname === `/bot${token}/sendMessage`
        ? behave(request, asked.length)
        : refuse(404, "Not Found")
      if (behaviour === "hang") return yield* Effect.never
      if (typeof behaviour === "object") {
        return { status: behaviour.status, retryAfter: undefined, body: JSON.stringify(behaviour.body) }
      }
      shown.push({ chat: request.chat_id, text: request.text, isMarkup: request.parse_mode === "HTML", at })
      if (behaviour === "lost") return yield* Effect.fail(Unavailable.make({ where: "telegram", detail: "reset" }))
      return {
        status: 200,
        retryAfter: undefined,
        body: `{"ok":true,"result":{"message_id":1}}`
      } satisfies OutboundAnswer
    })
  return { shown, asked, layer: Layer.succeed(OutboundCall.Outgoing, outgoing) }
}
