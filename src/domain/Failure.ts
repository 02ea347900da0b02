/**
 * The shared reasons inside the one error of each boundary. What to do follows from the reason alone:
 * `Unavailable` and `RateLimited` may be tried again, the others not, `Unconfirmed` never without asking first.
 */
import { Schema } from "effect"

/** No connection, a time-out on a read, a 5xx: try again with backoff and jitter. */
export class Unavailable extends Schema.TaggedClass<Unavailable>()("Unavailable", {
  /** What was asked, where: host and path, file or table. */
  where: Schema.String,
  detail: Schema.String
}) {
  get message(): string {
    return `${this.where} is unavailable: ${this.detail}`
  }
}

/** The venue or our own limiter said wait. */
export class RateLimited extends Schema.TaggedClass<RateLimited>()("RateLimited", {
  where: Schema.String,
  /** How long to wait, in ms; absent when nothing was said. */
  retryAfterMs: Schema.optionalKey(Schema.Number)
}) {
  get message(): string {
    return `${this.where} asks to wait${this.retryAfterMs === undefined ? "" : ` ${this.retryAfterMs} ms`}`
  }
}

/** Key, signature, allowance or geography: stop and tell. */
export class Unauthorized extends Schema.TaggedClass<Unauthorized>()("Unauthorized", {
  where: Schema.String,
  detail: Schema.String
}) {
  get message(): string {
    return `${this.where} refused the credentials: ${this.detail}`
  }
}

/** Understood and refused; the caller decides. */
export class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", {
  where: Schema.String,
  /** HTTP status, SQL state or a name. */
  code: Schema.String,
  detail: Schema.String
}) {
  get message(): string {
    return `${this.where} refused (${this.code}): ${this.detail}`
  }
}

/** The payload does not fit its schema: keep it, count it, carry on. */
export class Malformed extends Schema.TaggedClass<Malformed>()("Malformed", {
  where: Schema.String,
  /** What was expected and what was found. */
  issue: Schema.String
}) {
  get message(): string {
    return `${this.where} is malformed: ${this.issue}`
  }
}

/** A write was sent and its fate is unknown: reconcile first, never repeat blindly. */
export class Unconfirmed extends Schema.TaggedClass<Unconfirmed>()("Unconfirmed", {
  where: Schema.String,
  detail: Schema.String
}) {
  get message(): string {
    return `${this.where} may or may not have happened: ${this.detail}`
  }
}

/** Every shared reason. */
export const Reason = Schema.Union([Unavailable, RateLimited, Unauthorized, Rejected, Malformed, Unconfirmed])
export type Reason = typeof Reason.Type

/** True when the same call may be sent again after a delay. */
export const isRetryable = (reason: Reason): boolean => reason._tag === "Unavailable" || reason._tag === "RateLimited"
