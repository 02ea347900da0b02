/**
 * One request to an address that a policy names. Names are resolved once, and only public answers are connected to unless the host is listed;
 * redirects are answers; of an answer no more than 64 KiB is read; no proxy is used. Never repeated here.
 */
import { Context, Effect } from "effect"
import { lookup } from "node:dns"
import * as http from "node:http"
import * as https from "node:https"
import type { LookupFunction } from "node:net"
import { Malformed, type Reason, Rejected, Unavailable } from "../domain/Failure.ts"
import { isPublic, type Outbound } from "./OutboundUrl.ts"
import { plainCause } from "./PlainCause.ts"

/** Largest body of a request and of an answer, bytes. */
export const maximumOutbound = 64 * 1024

/** What is sent. */
export interface OutboundRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What came back. */
export interface OutboundAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

class NotPublic extends Error {}

/** Resolves names to public addresses only: one that is not refuses all, since any of them may be tried. */
export const publicLookup = (resolve: typeof lookup = lookup): LookupFunction => (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const wrong = error === null ? found.find(({ address }) => !isPublic(address)) : undefined
    const failure = error ??
      (wrong === undefined ? null : new NotPublic(`${hostname} is at ${wrong.address}, no public host`))
    const [first] = found ?? []
    if (failure !== null || first === undefined) {
      callback(failure ?? new Error(`${hostname} has no address`), "", 0)
    } else if (options.all === true) callback(null, found)
    else callback(null, first.address, first.family)
  })
}

/** Sends a request; interrupted, it is cut off. `resolve` stands for the system's resolver in tests. */
export const call = (
  { isListed, url }: Outbound,
  { body, headers, method }: OutboundRequest,
  resolve?: typeof lookup
): Effect.Effect<OutboundAnswer, Reason> =>
  Effect.callback<OutboundAnswer, Reason>((resume) => {
    const where = url.host
    const fail = (reason: Reason) => resume(Effect.fail(reason))
    const isSecure = url.protocol === "https:"
    const bytes = body === undefined ? undefined : Buffer.from(body)
    if (bytes !== undefined && bytes.length > maximumOutbound) {
      return fail(
        Rejected.make({ where, code: "size", detail: `a body of ${bytes.length} bytes; ${maximumOutbound} fit` })
      )
    }
    const module = isSecure ? https : http
    const agent = new module.Agent({ keepAlive: false })
    const open = (): http.ClientRequest | undefined => {
      try {
        return module.request(url, {
          method,
          headers: { ...headers, ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }) },
          agent: agent as http.Agent & https.Agent,
          ...(isListed ? {} : { lookup: publicLookup(resolve) })
        })
      } catch (error) {
        // Node refuses headers that no request can have.
        fail(Rejected.make({ where, code: "request", detail: plainCause(error) }))
        return undefined
      }
    }
    const request = open()
    if (request === undefined) return
    const unavailable = (error: unknown) =>
      error instanceof NotPublic
        ? fail(Rejected.make({ where, code: "address", detail: error.message }))
        : fail(Unavailable.make({ where, detail: plainCause(error) }))
    request.on("error", unavailable)
    request.on("response", (response) => {
      let read = 0
      const parts: Array<Buffer> = []
      response.on("data", (part: Buffer) => {
        read += part.length
        parts.push(part)
        if (read <= maximumOutbound) return
        fail(Malformed.make({ where, issue: `an answer of more than ${maximumOutbound} bytes` }))
        request.destroy()
      })
      response.on("error", unavailable)
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          retryAfter: response.headers["retry-after"],
          body: Buffer.concat(parts).toString()
        })))
    })
    request.end(bytes)
    return Effect.sync(() => void request.destroy())
  })

/** How messages leave the engine: over the network, unless a test stands for the other side. */
export const Outgoing: Context.Reference<(outbound: Outbound, request: OutboundRequest) => ReturnType<typeof call>> =
  Context.Reference("polymarket-hft/client/OutboundCall/Outgoing", { defaultValue: () => call })
