/**
 * The base HTTP client of every outside system: host, deadline, size cap, retries, and one meaning for each status. Failures are
 * the shared reasons and name host and path, never the query. Only requests that change nothing are repeated.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Clock, Effect, Random, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import {
  isRetryable,
  Malformed,
  RateLimited,
  type Reason,
  Rejected,
  Unauthorized,
  Unavailable
} from "../domain/Failure.ts"
import { parseJson } from "./ParseJson.ts"
import { plainCause } from "./PlainCause.ts"

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

/** Asks one host. Every call returns parsed JSON and may be repeated safely. */
export interface Http {
  readonly host: string
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

const errorText = (body: string): string => {
  const value = parseJson(body)
  const text = typeof value === "object" && value !== null && "error" in value && typeof value.error === "string"
    ? value.error
    : body
  return plainCause(text)
}

/** Makes a client of the host in `baseUrl`. */
export const make = (options: { readonly baseUrl: string }): Effect.Effect<Http, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const base = options.baseUrl.replace(/\/+$/, "")
    const host = URL.canParse(base) ? new URL(base).host : base

    const read = (response: HttpClientResponse.HttpClientResponse, where: string): Effect.Effect<string, Reason> => {
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

    const once = (request: HttpClientRequest.HttpClientRequest, where: string): Effect.Effect<unknown, Reason> =>
      client.execute(request).pipe(
        Effect.mapError((error): Reason => Unavailable.make({ where, detail: plainCause(error) })),
        Effect.flatMap((response) =>
          Effect.gen(function*() {
            const text = yield* read(response, where)
            if (response.status < 200 || response.status >= 300) {
              const after = retryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
              return yield* Effect.fail(reasonOf(response.status, where, errorText(text), after))
            }
            const value = parseJson(text)
            if (value === undefined) {
              return yield* Effect.fail<Reason>(Malformed.make({ where, issue: "expected JSON of bounded depth" }))
            }
            return value
          })
        ),
        Effect.timeoutOrElse({
          duration: tryTimeout,
          orElse: () => Effect.fail<Reason>(Unavailable.make({ where, detail: `no answer within ${tryTimeout} ms` }))
        })
      )

    const repeating = (
      attempt: Effect.Effect<unknown, Reason>,
      repeat: number
    ): Effect.Effect<unknown, Reason> =>
      attempt.pipe(Effect.catch((reason) => {
        if (repeat >= mostRetries || !isRetryable(reason)) return Effect.fail(reason)
        return Effect.gen(function*() {
          const delay = retryDelay(repeat, reason, yield* Random.next)
          if (delay >= deadline) return yield* Effect.fail(reason)
          yield* Effect.sleep(delay)
          return yield* repeating(attempt, repeat + 1)
        })
      }))

    const call = (path: string, request: HttpClientRequest.HttpClientRequest): Effect.Effect<unknown, Reason> => {
      const where = `${host}${path}`
      const headed = HttpClientRequest.setHeaders(request, { "user-agent": userAgent, accept: "application/json" })
      return repeating(once(headed, where), 0).pipe(
        Effect.timeoutOrElse({
          duration: deadline,
          orElse: () => Effect.fail<Reason>(Unavailable.make({ where, detail: `no answer within ${deadline} ms` }))
        }),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false)
      )
    }

    return {
      host,
      get: (path, query = []) =>
        call(path, HttpClientRequest.get(base + path).pipe(HttpClientRequest.appendUrlParams(query))),
      query: (path, body) =>
        call(path, HttpClientRequest.post(base + path).pipe(HttpClientRequest.bodyJsonUnsafe(body)))
    }
  })
