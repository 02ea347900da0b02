/**
 * The base HTTP client of every outside system: host, rate budget, breaker, deadline, size cap, retries, and one meaning for each status. Failures are
 * the shared reasons and name host and path, never the query. Only requests that change nothing are repeated.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Cause, Clock, Effect, Exit, Option, Random, Schema, type Scope, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { CircuitBreaker } from "effect/persistence"
import {
  isRetryable,
  Malformed,
  RateLimited,
  type Reason,
  Rejected,
  Unauthorized,
  Unavailable,
  Unconfirmed
} from "../domain/Failure.ts"
import * as Limits from "./Limits.ts"
import { parseJson } from "./ParseJson.ts"
import { plainCause } from "./PlainCause.ts"
import { queryText } from "./Query.ts"

/** Longest a single try may take, connect, headers and body together, ms. */
export const tryTimeout = 4_000

/** Longest a call may take with all its tries, ms. */
export const deadline = 10_000

/** Most repeats of a request. */
export const mostRetries = 3

/** Largest accepted body, bytes. */
export const maximumBody = 8 * 1024 * 1024

/** The transport of all clients: connections are kept for a while, redirects are answers like any other. */
export const layerTransport = NodeHttpClient.layerNodeHttpOptions({ keepAlive: true })

const userAgent = "polymarket-hft"

/** One call. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Begins with "/"; what follows the base URL. */
  readonly path: string
  readonly query?: ReadonlyArray<readonly [string, string]>
  /** The exact text to send, JSON. */
  readonly body?: string
  /** Statuses beyond 2xx whose body is an answer all the same. */
  readonly accepts?: ReadonlyArray<number>
  /** Headers made anew for each try, since some of them carry the time. */
  readonly headers?: Effect.Effect<Readonly<Record<string, string>>>
}

/** Asks one host; answers are parsed JSON. */
export interface Http {
  readonly host: string
  /** A call that changes nothing: repeated with backoff while it may help. */
  readonly read: (request: Request) => Effect.Effect<unknown, Reason>
  /** A call that changes nothing, tried once. */
  readonly once: (request: Request) => Effect.Effect<unknown, Reason>
  /**
   * A call that may change something: sent once. `Unavailable` says that it never left; whatever leaves its fate open (no answer, 425, 429, 5xx,
   * an answer that cannot be read) is `Unconfirmed`.
   */
  readonly write: (request: Request) => Effect.Effect<unknown, Reason>
  readonly get: (path: string, query?: ReadonlyArray<readonly [string, string]>) => Effect.Effect<unknown, Reason>
  /** A POST that only reads. */
  readonly query: (path: string, body: unknown) => Effect.Effect<unknown, Reason>
}

/** The delay before repeat number `repeat` (from 0), ms: what the host asks for, else exponential with jitter; `random` in [0, 1). */
export const retryDelay = (repeat: number, reason: Reason, random: number): number =>
  reason._tag === "RateLimited" && reason.retryAfterMs !== undefined
    ? reason.retryAfterMs + random * 100
    : 250 * 2 ** repeat * (0.5 + random)

/** What a Retry-After header asks for at `now` (ms UTC), ms; `undefined` when it says nothing readable. */
export const retryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** What a status other than 2xx means. */
export const reasonOf = (status: number, where: string, detail: string, retryAfterMs: number | undefined): Reason => {
  if (status === 429) return RateLimited.make({ where, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
  if (status === 401 || status === 403) return Unauthorized.make({ where, detail })
  if (status >= 500 || status === 408 || status === 425) {
    return Unavailable.make({ where, detail: `${status} ${detail}` })
  }
  return Rejected.make({ where, code: String(status), detail })
}

/** Where the venues put their words, in the order they are looked for. */
const ErrorBody = Schema.Union([
  Schema.Struct({ error: Schema.String }),
  Schema.Struct({ error_msg: Schema.String }),
  Schema.Struct({ status: Schema.Struct({ error_message: Schema.String }) })
])
const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

const errorText = (body: string): string => {
  const found = Option.getOrUndefined(decodeErrorBody(parseJson(body)))
  if (found === undefined) return plainCause(body)
  return plainCause(
    "error" in found ? found.error : "error_msg" in found ? found.error_msg : found.status.error_message
  )
}

const secretHeader = /signature|passphrase|pro_api_key|authorization/i

/** An answer without what the request proved itself by, should the host send that back. */
const withoutSecrets = (text: string, headers: Readonly<Record<string, string>>): string => {
  let clean = text
  for (const [name, value] of Object.entries(headers)) {
    if (secretHeader.test(name) && value.length >= 8) clean = clean.replaceAll(value, "(hidden)")
  }
  return clean
}

/** Failures in a row after which a host is left alone for a while, and for how long; then one call probes it. */
const failuresToOpen = 5
const openFor = "2 seconds"

const leftAlone = "failed too often just now; left alone for a moment after: "

/** True when nothing of the request can have reached the host. What a host answers, whose text may say anything, begins with its status. */
const neverLeft = (detail: string): boolean =>
  detail.startsWith(leftAlone) ||
  /^(?:connect|getaddrinfo) (?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)/.test(detail)

/** Makes a client of the host in `baseUrl`, which keeps within `limits`. */
export const make = (options: {
  readonly baseUrl: string
  readonly limits?: ReadonlyArray<Limits.Limit>
}): Effect.Effect<Http, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const limiter = yield* Limits.make(options.limits ?? [])
    const breaker = yield* CircuitBreaker.make({
      tripPolicy: CircuitBreaker.consecutive(failuresToOpen),
      openDuration: openFor
    }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))
    let lastFault = ""
    const base = options.baseUrl.replace(/\/+$/, "")
    const host = URL.canParse(base) ? new URL(base).host : base

    const readBody = (
      response: HttpClientResponse.HttpClientResponse,
      where: string
    ): Effect.Effect<string, Reason> => {
      const decoder = new TextDecoder()
      let text = ""
      let size = 0
      return response.stream.pipe(
        Stream.mapError((error): Reason => Unavailable.make({ where, detail: plainCause(error) })),
        Stream.runForEach((bytes) => {
          size += bytes.length
          if (size > maximumBody) {
            return Effect.fail<Reason>(Malformed.make({ where, issue: `expected at most ${maximumBody} bytes` }))
          }
          text += decoder.decode(bytes, { stream: true })
          return Effect.void
        }),
        Effect.map(() => text + decoder.decode())
      )
    }

    const requestOf = (
      request: Request,
      headers: Readonly<Record<string, string>>
    ): HttpClientRequest.HttpClientRequest =>
      HttpClientRequest.make(request.method)(base + request.path + queryText(request.query ?? [])).pipe(
        request.body === undefined
          ? (same) => same
          : HttpClientRequest.bodyText(request.body, "application/json"),
        HttpClientRequest.setHeaders({ "user-agent": userAgent, accept: "application/json", ...headers })
      )

    const attempt = Effect.fnUntraced(function*(request: Request, where: string): Effect.fn.Return<unknown, Reason> {
      const headers = request.headers === undefined ? {} : yield* request.headers
      const response = yield* client.execute(requestOf(request, headers)).pipe(
        Effect.mapError((error): Reason => Unavailable.make({ where, detail: plainCause(error) }))
      )
      const text = withoutSecrets(yield* readBody(response, where), headers)
      const isAnswer = (response.status >= 200 && response.status < 300) ||
        request.accepts?.includes(response.status) === true
      if (!isAnswer) {
        const after = retryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
        return yield* Effect.fail(reasonOf(response.status, where, errorText(text), after))
      }
      const value = parseJson(text)
      if (value === undefined) {
        return yield* Effect.fail<Reason>(Malformed.make({ where, issue: "expected JSON of bounded depth" }))
      }
      return value
    })

    /** One try within its time, behind the budget and the breaker. */
    const single = (request: Request, where: string): Effect.Effect<unknown, Reason> =>
      limiter.wait(request.method, request.path).pipe(
        Effect.andThen(breaker.execute(
          attempt(request, where).pipe(
            Effect.timeoutOrElse({
              duration: tryTimeout,
              orElse: () =>
                Effect.fail<Reason>(Unavailable.make({ where, detail: `no answer within ${tryTimeout} ms` }))
            }),
            Effect.tapError((reason) =>
              Effect.sync(() => {
                if (reason._tag === "Unavailable") lastFault = reason.detail
              })
            )
          ),
          { key: host, classify: outcomeOf }
        )),
        Effect.catchTag(
          "CircuitBreakerError",
          () => Effect.fail<Reason>(Unavailable.make({ where, detail: `${leftAlone}${lastFault}` }))
        )
      )

    const repeating = (request: Request, where: string, repeat: number): Effect.Effect<unknown, Reason> =>
      single(request, where).pipe(Effect.catch((reason) => {
        if (repeat >= mostRetries || !isRetryable(reason)) return Effect.fail(reason)
        return Effect.gen(function*() {
          const delay = retryDelay(repeat, reason, yield* Random.next)
          if (delay >= deadline) return yield* Effect.fail(reason)
          yield* Effect.sleep(delay)
          return yield* repeating(request, where, repeat + 1)
        })
      }))

    const read = (request: Request): Effect.Effect<unknown, Reason> => {
      const where = `${host}${request.path}`
      return repeating(request, where, 0).pipe(
        Effect.timeoutOrElse({
          duration: deadline,
          orElse: () => Effect.fail<Reason>(Unavailable.make({ where, detail: `no answer within ${deadline} ms` }))
        }),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false)
      )
    }

    const write = (request: Request): Effect.Effect<unknown, Reason> => {
      const where = `${host}${request.path}`
      return single(request, where).pipe(
        Effect.mapError((reason): Reason => {
          if (reason._tag === "Unavailable" && neverLeft(reason.detail)) return reason
          return reason._tag === "Rejected" || reason._tag === "Unauthorized"
            ? reason
            : Unconfirmed.make({ where, detail: reason.message })
        }),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false)
      )
    }

    return {
      host,
      read,
      once: (request) =>
        single(request, `${host}${request.path}`).pipe(
          Effect.provideService(HttpClient.TracerPropagationEnabled, false)
        ),
      write,
      get: (path, query = []) => read({ method: "GET", path, query }),
      query: (path, body) => read({ method: "POST", path, body: JSON.stringify(body) })
    }
  })

/** What the breaker makes of a call: only a host that does not answer counts against it. */
const outcomeOf = <A>(exit: Exit.Exit<A, Reason>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return CircuitBreaker.success
  const reason = Cause.squash(exit.cause)
  return reason instanceof Unavailable ? CircuitBreaker.failure() : CircuitBreaker.success
}
