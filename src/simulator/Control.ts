/**
 * Faults and happenings on request: `POST /control` with one JSON object, `GET /control/stats` for counters, `GET /control/faults` for the faults that
 * were asked for. Every answer carries the counters, so that a test can prove that its fault took place.
 */
import { Result, Schema } from "effect"
import * as FaultText from "./faults/FaultText.ts"
import { restart } from "./faults/VenueFaults.ts"
import type { Gate } from "./Gate.ts"
import { json, parseJson, type Surface } from "./Http.ts"
import type { MarketChannel } from "./MarketChannel.ts"
import type { OrderDesk } from "./OrderDesk.ts"
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
  }),
  /** Ends a fault by its id, or all of them. The fault itself is asked for with `"action":"fault"` and its own fields. */
  Schema.Struct({ action: Schema.Literal("clear"), id: Schema.optionalKey(Schema.String) }),
  /**
   * Restarts the matching engine: 425 for orders and cancels (90 s), then only post-only orders (120 s more). Open orders survive, or are canceled.
   */
  Schema.Struct({
    action: Schema.Literal("restart"),
    forMs: Schema.optionalKey(Milliseconds),
    postOnlyMs: Schema.optionalKey(Milliseconds),
    retryAfter: Schema.optionalKey(Schema.Boolean),
    orders: Schema.optionalKey(Schema.Literals(["survive", "canceled"]))
  }),
  /** Sets what the engine takes, until it is set again or for a while. */
  Schema.Struct({
    action: Schema.Literal("mode"),
    mode: Schema.Literals(["normal", "post-only", "cancel-only", "disabled"]),
    forMs: Schema.optionalKey(Milliseconds)
  }),
  /** Lets the next so many trades that would be mined, or one by its id, fail or stumble and recover. */
  Schema.Struct({
    action: Schema.Literal("settlement"),
    outcome: Schema.Literals(["fail", "retry"]),
    next: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))),
    trade: Schema.optionalKey(Schema.String)
  })
])
export type ControlRequest = typeof ControlRequest.Type

const decode = Schema.decodeUnknownResult(ControlRequest)

/** What control reaches. */
export interface ControlParts {
  readonly channel: MarketChannel
  readonly venue: Venue
  readonly desk: OrderDesk
  readonly gate: Gate
  /** ms UTC. */
  readonly now: () => number
  readonly counters: () => Readonly<Record<string, number>>
}

/** Serves it. */
export const make = ({ channel, counters, desk, gate, now, venue }: ControlParts): Surface => {
  const { faults, modes } = gate
  const stats = () => ({ ...channel.stats(), ...counters(), ...venue.stats(), ...gate.stats() })
  const done = (affected: number) => json({ affected, ...stats() })

  const happened = (published: Published | undefined) => {
    if (published === undefined) return json({ error: "this venue has no such market, or plays a recording" }, 400)
    channel.publish(published.frames)
    return json({ market: published.conditionId, affected: published.frames.length, ...stats() })
  }

  const arm = (fields: unknown) => {
    const fault = FaultText.decode(fields)
    if (Result.isFailure(fault)) return json({ error: fault.failure }, 400)
    const id = faults.arm(fault.success)
    return id === undefined ? json({ error: "a fault of this id is on already" }, 409) : json({ id, ...stats() })
  }

  const perform = (request: ControlRequest) => {
    switch (request.action) {
      case "drop":
        return done(channel.drop(request.refuseForMs ?? 0))
      case "refuse":
        channel.refuse(request.forMs)
        return done(0)
      case "freeze":
        return done(channel.freeze(request.assets, request.all === true))
      case "thaw":
        return done(channel.thaw(request.sockets === true))
      case "list":
        return happened(venue.list(now()))
      case "resolve":
        return happened(venue.resolve(request.market, request.outcome ?? 0, now()))
      case "clear":
        return done(faults.clear(request.id))
      case "restart": {
        const { action: _, ...options } = request
        const affected = restart({ faults, modes, desk }, options)
        faults.record({ kind: "restart", ...options })
        return done(affected)
      }
      case "mode":
        modes.set(request.mode, request.forMs)
        faults.record({ kind: "mode", mode: request.mode, forMs: request.forMs ?? null })
        return done(0)
      case "settlement": {
        const target = request.trade === undefined ? { next: request.next ?? 1 } : { tradeId: request.trade }
        return done(desk.settlement[request.outcome](target))
      }
    }
  }

  return ({ body, method, path }) => {
    if (method === "GET" && path === "/stats") return json(stats())
    if (method === "GET" && path === "/faults") return json({ faults: faults.reports() })
    if (method !== "POST" || path !== "") {
      return json({ error: "POST /control, GET /control/stats or GET /control/faults" }, 404)
    }
    const asked = parseJson(body)
    const { action, ...fields } = (asked ?? {}) as { readonly action?: unknown }
    if (action === "fault") return arm(fields)
    const decoded = decode(asked)
    return Result.isFailure(decoded) ? json({ error: decoded.failure.message }, 400) : perform(decoded.success)
  }
}
