/**
 * CoinMarketCap with a purse: a call is made only when the day's credits and the minute's requests allow it, and never after the cap.
 * @see https://coinmarketcap.com/api/documentation/v1/
 */
import { Clock, Context, Effect, Layer, Redacted, Schema } from "effect"
import { Malformed, RateLimited, Reason, Rejected, Unauthorized } from "../../domain/Failure.ts"
import * as Endpoint from "../Endpoint.ts"
import type { Given, Params } from "../Endpoint.ts"
import * as Http from "../Http.ts"
import { creditsOf } from "./Endpoints.ts"
import * as Purse from "./Purse.ts"
import type { Status } from "./Schema.ts"

/** Why CoinMarketCap could not be asked, or its answer not be used. */
export class CoinMarketCapError extends Schema.TaggedError<CoinMarketCapError>()("CoinMarketCapError", {
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `CoinMarketCap.${this.operation}: ${this.reason.message}`
  }
}

/** What the plan allows. */
export interface Plan {
  readonly baseUrl: string
  readonly key: Redacted.Redacted
  /** Credits of a UTC day, and requests of a minute. */
  readonly creditsPerDay: number
  readonly requestsPerMinute: number
}

type Answer<A> = { readonly status: Status; readonly data: A }

export class CoinMarketCap extends Context.Service<CoinMarketCap, {
  /** Makes a call; fails with `RateLimited` when the budget is used up, without asking anybody. */
  readonly call: <P extends Params, A>(
    call: Endpoint.Endpoint<P, Answer<A>>,
    given: Given<P>
  ) => Effect.Effect<A, CoinMarketCapError>
  /** Credits spent today, and calls made. */
  readonly spent: Effect.Effect<{ readonly credits: number; readonly calls: number }>
}>()("polymarket-hft/client/coinmarketcap/CoinMarketCap") {
  static readonly layer = (plan: Plan) =>
    Layer.effect(
      CoinMarketCap,
      Effect.gen(function*() {
        const http = yield* Http.make({
          baseUrl: plan.baseUrl,
          limits: [{
            name: "minute",
            requests: plan.requestsPerMinute,
            window: 60_000,
            share: 1,
            covers: () => true
          }]
        })
        const purse = Purse.make(plan.creditsPerDay)
        const headers = Effect.sync(() => ({ "X-CMC_PRO_API_KEY": Redacted.value(plan.key) }))

        return CoinMarketCap.of({
          call: Effect.fnUntraced(function*(call, given) {
            const fail = (reason: Reason) => new CoinMarketCapError({ operation: call.name, reason })
            const request = Endpoint.requestOf(call, given)
            const where = `${http.host}${request.path}`
            const cost = creditsOf(call.name, given)
            const now = yield* Clock.currentTimeMillis
            if (!Purse.reserve(purse, cost, now)) {
              return yield* fail(RateLimited.make({ where, retryAfterMs: Purse.untilTomorrow(now) }))
            }
            // One try: a repeat would cost credits that nobody reserved.
            const answer = yield* http.once({ ...request, headers }).pipe(
              Effect.mapError((reason) => fail(reason))
            )
            const refusal = refusalOf(where, answer)
            if (refusal !== undefined) return yield* fail(refusal)
            const { data, status } = yield* Endpoint.decode(call, where, answer).pipe(Effect.mapError(fail))
            Purse.settle(purse, cost, Number(status.credit_count ?? cost), now)
            return data
          }),
          spent: Effect.sync(() => ({ credits: purse.spent, calls: purse.calls }))
        })
      })
    )
}

const StatusOnly = Schema.Struct({
  status: Schema.Struct({ error_code: Schema.Unknown, error_message: Schema.optionalKey(Schema.Unknown) })
})
const isStatus = Schema.is(StatusOnly)

/** What an envelope with an error means; minute limits pass, day and month limits do not. */
const refusalOf = (where: string, answer: unknown): Reason | undefined => {
  if (!isStatus(answer)) return Malformed.make({ where, issue: "expected a status" })
  const code = Number(answer.status.error_code)
  const detail = String(answer.status.error_message ?? "")
  if (code === 0) return undefined
  if (code === 1008 || code === 1011) return RateLimited.make({ where, retryAfterMs: 60_000 })
  if (code >= 1001 && code <= 1007) return Unauthorized.make({ where, detail: `${code} ${detail}` })
  return Rejected.make({ where, code: String(code), detail })
}
