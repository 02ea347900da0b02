/**
 * A fault somebody asks for: what it does, whom it strikes, when and how often. The same words on the command line, in scenario files and at the
 * control endpoint. Whom: `on` names surfaces; requests are told apart by method and path, sockets by their number, both by token. When: times are
 * ms. How often: `probability` of each chance, drawn from the seed, and `times` at most.
 */
import { Schema } from "effect"
import { Span } from "../../domain/Span.ts"

/** Surfaces that answer requests. */
export const HttpSurface = Schema.Literals(["clob", "gamma", "data", "coinmarketcap", "geoblock"])
export type HttpSurface = typeof HttpSurface.Type

/** Surfaces that are sockets. */
export const SocketSurface = Schema.Literals(["market", "user", "rtds", "polybolt", "sports"])
export type SocketSurface = typeof SocketSurface.Type

const Milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 }))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))

const when = {
  /** What it is called in counters and when it is cleared; made up when left out. */
  id: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[\w.-]{1,40}$/))),
  /** Of each chance, 0 to 1; absent: always. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** How often at most; absent: without end. */
  times: Schema.optionalKey(Count),
  /** How long it waits before it begins. */
  afterMs: Schema.optionalKey(Milliseconds),
  /** How long it lasts; absent: until it is cleared. */
  forMs: Schema.optionalKey(Milliseconds),
  /** Only what speaks of one of these tokens. */
  assets: Schema.optionalKey(Schema.NonEmptyArray(Schema.NonEmptyString))
}

const requests = {
  ...when,
  /** "http" is all of them. */
  on: Schema.Union([HttpSurface, Schema.Literal("http"), Schema.NonEmptyArray(HttpSurface)]),
  method: Schema.optionalKey(Schema.Literals(["GET", "POST", "DELETE", "PUT"])),
  /** Below the surface, without query; `*` stands for anything: "/order", "/data/*". */
  path: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\//)))
}

const sockets = {
  ...when,
  /** "sockets" is all of them. */
  on: Schema.Union([SocketSurface, Schema.Literal("sockets"), Schema.NonEmptyArray(SocketSurface)]),
  /** Those open when the fault was asked for, those opened later, or the nth of its surface since the start; absent: all. */
  connection: Schema.optionalKey(Schema.Union([Schema.Literals(["open", "new"]), Count]))
}

const Ending = Schema.Literals(["close", "reset", "hang"])
const Status = Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))

/** A fault of requests. */
export const HttpFault = Schema.Union([
  /** The connection is closed as soon as the request is there; nothing is processed or answered. */
  Schema.Struct({ ...requests, fault: Schema.Literal("refuse") }),
  /** RST: before the request is processed, before the answer, or in the middle of the answer's body. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("reset"),
    point: Schema.optionalKey(Schema.Literals(["request", "headers", "body"]))
  }),
  /** Silence on an open connection: nothing processed, nothing answered, or half of the answer's body. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("hang"),
    point: Schema.optionalKey(Schema.Literals(["request", "headers", "body"]))
  }),
  /** The connection is closed in the middle of the answer's body. */
  Schema.Struct({ ...requests, fault: Schema.Literal("cut") }),
  /** The answer comes in drips. */
  Schema.Struct({ ...requests, fault: Schema.Literal("slow"), bytesPerSecond: Count }),
  /** Another status, with the venue's body for it. `processed`: what was asked for is done all the same. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("status"),
    status: Status,
    processed: Schema.optionalKey(Schema.Boolean),
    /** Seconds of the header; absent: no such header. */
    retryAfter: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400 }))),
    /** A proxy's page instead of JSON. */
    html: Schema.optionalKey(Schema.Boolean),
    body: Schema.optionalKey(Schema.String)
  }),
  /** The request is never processed nor answered. */
  Schema.Struct({ ...requests, fault: Schema.Literal("lose-request"), ending: Schema.optionalKey(Ending) }),
  /** The request is processed and never answered. */
  Schema.Struct({ ...requests, fault: Schema.Literal("lose-reply"), ending: Schema.optionalKey(Ending) }),
  /** The answer comes late, after a time drawn between the two; processed at once, or late too. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("late"),
    minMs: Schema.optionalKey(Milliseconds),
    maxMs: Milliseconds,
    processed: Schema.optionalKey(Schema.Literals(["now", "late"]))
  }),
  /** An answer that is a list, or a page of one, lacks its last rows: `keep` are left. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("short"),
    keep: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })))
  }),
  /** `/data/orders` and `/data/trades` answer as of some time ago. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("lag"),
    on: Schema.optionalKey(Schema.Literal("clob")),
    byMs: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120_000 }))
  }),
  /** `/data/order/{id}` answers 404 for an order that exists; with `finished` only for one that is not open any more. */
  Schema.Struct({
    ...requests,
    fault: Schema.Literal("forget"),
    on: Schema.optionalKey(Schema.Literal("clob")),
    finished: Schema.optionalKey(Schema.Boolean)
  })
])
export type HttpFault = typeof HttpFault.Type

/** A fault of sockets. */
export const SocketFault = Schema.Union([
  /** The handshake is answered with a status, or the connection closed without an answer. */
  Schema.Struct({
    ...sockets,
    fault: Schema.Literal("refuse"),
    status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))),
    retryAfter: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400 })))
  }),
  /** RST: of whole connections as soon as may be, or in the middle of a frame. */
  Schema.Struct({
    ...sockets,
    fault: Schema.Literal("reset"),
    point: Schema.optionalKey(Schema.Literals(["open", "frame"]))
  }),
  /** The handshake is never answered. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("hang") }),
  /** All that is sent comes in drips. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("slow"), bytesPerSecond: Count }),
  /** The connection is closed in the middle of a frame. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("cut") }),
  /** Nothing is sent any more: no data, or (`pong` false) not even answers to pings. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("silence"), pong: Schema.optionalKey(Schema.Boolean) }),
  /** Frames are left out; with `assets` only what they say of these. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("drop") }),
  /** Frames are sent twice, the second one up to `window` frames later; absent: at once. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("duplicate"), window: Schema.optionalKey(Count) }),
  /** Frames are overtaken by one to `window` later ones; absent: 10. */
  Schema.Struct({ ...sockets, fault: Schema.Literal("reorder"), window: Schema.optionalKey(Count) }),
  /** Frames are damaged: no JSON any more, a value of another kind, or either. */
  Schema.Struct({
    ...sockets,
    fault: Schema.Literal("malform"),
    how: Schema.optionalKey(Schema.Literals(["syntax", "shape", "any"]))
  }),
  /** Messages are sent in so many WebSocket fragments; absent: 3. */
  Schema.Struct({
    ...sockets,
    fault: Schema.Literal("fragment"),
    pieces: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 1_000 })))
  })
])
export type SocketFault = typeof SocketFault.Type

const { afterMs, assets, forMs, id, probability, times } = when

/** A fault of the venue as a whole. */
export const VenueFault = Schema.Union([
  /** The port is closed to everybody, control included, and every connection reset, for a while. */
  Schema.Struct({ id, afterMs, forMs: Milliseconds, fault: Schema.Literal("down") }),
  /** Trades fail on their way to the chain, or stumble and recover. */
  Schema.Struct({
    id,
    probability,
    times,
    afterMs,
    forMs,
    assets,
    fault: Schema.Literal("settlement"),
    outcome: Schema.optionalKey(Schema.Literals(["fail", "retry"]))
  }),
  /**
   * The matching engine restarts: 425 for orders and cancels (90 s), then only post-only orders (120 s more). Open orders survive, or are canceled.
   */
  Schema.Struct({
    id,
    afterMs,
    forMs,
    fault: Schema.Literal("restart"),
    postOnlyMs: Schema.optionalKey(Milliseconds),
    /** False: 425 does not say how long. */
    retryAfter: Schema.optionalKey(Schema.Boolean),
    orders: Schema.optionalKey(Schema.Literals(["survive", "canceled"]))
  }),
  /** What the engine takes, for a while or until it is cleared. */
  Schema.Struct({
    id,
    afterMs,
    forMs,
    fault: Schema.Literal("mode"),
    mode: Schema.Literals(["post-only", "cancel-only", "disabled"])
  })
])
export type VenueFault = typeof VenueFault.Type

/** Any fault. */
export const Fault = Schema.Union([...HttpFault.members, ...SocketFault.members, ...VenueFault.members])
export type Fault = typeof Fault.Type

/** Faults as scenario files list them: `at` is when each begins, a length of time since the start such as "90s". */
export const Timetable = Schema.Array(
  Schema.Union(Fault.members.map((member) => member.mapFields((fields) => ({ ...fields, at: Span }))))
)
