/**
 * Calls of other programs that policies ask for: at least once, marked. Within five seconds at most three tries of a call carry the same
 * `Idempotency-Key`; what a host refuses is not repeated, but for 408 and 429. Redirects are refusals.
 */
import { Clock, Context, Effect, Layer, Random, Result, Schema } from "effect"
import { retryAfter } from "../client/Http.ts"
import * as OutboundCall from "../client/OutboundCall.ts"
import * as OutboundUrl from "../client/OutboundUrl.ts"
import { isRetryable, RateLimited, Reason, Rejected, Unavailable } from "../domain/Failure.ts"
import { Settings } from "../Settings.ts"
import type { WebhookRequest } from "./policy/Decision.ts"

/** Why a call did not succeed; the host may have taken it all the same when there was no answer. */
export class WebhookError
  extends Schema.TaggedError<WebhookError>()("WebhookError", { reason: Reason, tries: Schema.Int })
{
  override get message(): string {
    return `Webhook: ${this.reason.message} (${this.tries} tries)`
  }
}

/** A call that succeeded. */
export interface WebhookAnswer {
  readonly host: string
  readonly status: number
  readonly tries: number
}

/** Longest a call may take with all its tries, ms. */
export const webhookDeadline = 5_000
/** Most tries of a call. */
export const webhookTries = 3

export class Webhook extends Context.Service<Webhook, {
  /** Calls, and says how the host answered; `key` is the same whenever the same call is repeated. */
  readonly send: (request: WebhookRequest, key: string) => Effect.Effect<WebhookAnswer, WebhookError>
}>()("polymarket-hft/engine/Webhook") {
  /** Calls hosts as the settings allow. */
  static readonly layer = Layer.effect(
    Webhook,
    Effect.gen(function*() {
      const { webhooks } = yield* Settings
      const send = Effect.fn("Webhook.send")(function*(request: WebhookRequest, key: string) {
        const judged = OutboundUrl.judge(request.url, webhooks.hosts)
        if (Result.isFailure(judged)) {
          const reason = Rejected.make({ where: "the address", code: "address", detail: judged.failure })
          return yield* new WebhookError({ reason, tries: 0 })
        }
        return yield* deliver(judged.success, request, key)
      })
      return Webhook.of({ send })
    })
  )
}

/** Calls an address that was judged, with all its tries. */
export const deliver = Effect.fnUntraced(function*(
  outbound: OutboundUrl.Outbound,
  request: Omit<WebhookRequest, "url">,
  key: string
) {
  let tries = 0
  const outgoing = yield* OutboundCall.Outgoing
  const { host } = outbound.url
  const headers = { ...request.headers, "idempotency-key": key, "user-agent": "polymarket-hft" }
  const once = Effect.gen(function*() {
    tries++
    const answer = yield* outgoing(outbound, { ...request, headers })
    const reason = reasonOf(host, answer, yield* Clock.currentTimeMillis)
    return reason === undefined ? answer.status : yield* Effect.fail(reason)
  })
  const again = (reason: Reason) =>
    Effect.flatMap(Random.next, (random) => Effect.sleep(delayOf(tries, reason, random)))
  const attempt = Effect.retry(
    Effect.tapError(once, (reason) => mayRepeat(reason, tries) ? again(reason) : Effect.void),
    { while: (reason) => mayRepeat(reason, tries) }
  )
  const status = yield* attempt.pipe(
    Effect.timeoutOrElse({
      duration: webhookDeadline,
      orElse: () => Effect.fail(Unavailable.make({ where: host, detail: `no answer in ${webhookDeadline} ms` }))
    }),
    Effect.mapError((reason) => new WebhookError({ reason, tries }))
  )
  return { host, status, tries } satisfies WebhookAnswer as WebhookAnswer
})

const mayRepeat = (reason: Reason, tries: number): boolean => isRetryable(reason) && tries < webhookTries

const delayOf = (tries: number, reason: Reason, random: number): number =>
  reason._tag === "RateLimited" && reason.retryAfterMs !== undefined
    ? reason.retryAfterMs
    : 200 * 2 ** (tries - 1) * (0.5 + random)

/** What an answer other than 2xx means. */
const reasonOf = (where: string, answer: OutboundCall.OutboundAnswer, now: number): Reason | undefined => {
  const { status } = answer
  if (status >= 200 && status < 300) return undefined
  if (status === 429) {
    const retryAfterMs = retryAfter(answer.retryAfter, now)
    return RateLimited.make({ where, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
  }
  if (status >= 500 || status === 408) return Unavailable.make({ where, detail: String(status) })
  return Rejected.make({ where, code: String(status), detail: status < 400 ? "redirects are not followed" : "refused" })
}
