/**
 * Faults and happenings on request: `POST /control` with one JSON object, `GET /control/stats` for counters. Every
 * answer carries the counters, so that a test can prove that its fault took place.
 */
import { Result, Schema } from "effect"
import { json, parseJson, type Surface } from "./Http.ts"
import type { MarketChannel } from "./MarketChannel.ts"
import type { Published, Venue } from "./Venue.ts"

const Milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_600_000 }))

/** What may be asked for. */
export const ControlRequest = Schema.Union([
  /** Cuts all market sockets, and answers new ones with 503 for a while. */
  Schema.Struct({ action: Schema.Literal("drop"), refuseForMs: Schema.optionalKey(Milliseconds) }),
  /** Answers new sockets with 503 for a while; 0 ends it. */
  Schema.Struct({ action: Schema.Literal("refuse"), forMs: Milliseconds }),
  /**
   * Open sockets get no data any more, but still PONG, for their life; with `assets` only that of these tokens is
   * withheld. With `all` the same goes for every socket opened until `thaw`.
   */
  Schema.Struct({
    action: Schema.Literal("freeze"),
    assets: Schema.optionalKey(Schema.Array(Schema.String)),
    all: Schema.optionalKey(Schema.Boolean)
  }),
  /** New sockets get data again; with `sockets` the frozen ones too, which then have a gap. */
  Schema.Struct({ action: Schema.Literal("thaw"), sockets: Schema.optionalKey(Schema.Boolean) }),
  /** Lists one more market (generated flow only) and announces it. */
  Schema.Struct({ action: Schema.Literal("list") }),
  /** Resolves a market (generated flow only) to one of its outcomes, the first by default. */
  Schema.Struct({
    action: Schema.Literal("resolve"),
    market: Schema.String,
    outcome: Schema.optionalKey(Schema.Literals([0, 1]))
  })
])
export type ControlRequest = typeof ControlRequest.Type

const decode = Schema.decodeUnknownResult(ControlRequest)

/** Serves control over a channel and its venue; `now` in ms UTC. */
export const make = (
  channel: MarketChannel,
  venue: Venue,
  now: () => number,
  counters: () => Readonly<Record<string, number>>
): Surface => {
  const stats = () => ({ ...channel.stats(), ...counters(), ...venue.stats() })

  const happened = (published: Published | undefined) => {
    if (published === undefined) return json({ error: "this venue has no such market, or plays a recording" }, 400)
    channel.publish(published.frames)
    return json({ market: published.conditionId, affected: published.frames.length, ...stats() })
  }

  return ({ body, method, path }) => {
    if (method === "GET" && path === "/stats") return json(stats())
    if (method !== "POST" || path !== "") return json({ error: "POST /control or GET /control/stats" }, 404)
    const decoded = decode(parseJson(body))
    if (Result.isFailure(decoded)) return json({ error: decoded.failure.message }, 400)
    const request = decoded.success
    switch (request.action) {
      case "drop":
        return json({ affected: channel.drop(request.refuseForMs ?? 0), ...stats() })
      case "refuse":
        channel.refuse(request.forMs)
        return json({ affected: 0, ...stats() })
      case "freeze":
        return json({ affected: channel.freeze(request.assets, request.all === true), ...stats() })
      case "thaw":
        return json({ affected: channel.thaw(request.sockets === true), ...stats() })
      case "list":
        return happened(venue.list(now()))
      case "resolve":
        return happened(venue.resolve(request.market, request.outcome ?? 0, now()))
    }
  }
}
