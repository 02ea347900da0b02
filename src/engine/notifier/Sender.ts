/** How one kind of channel sends: what its lane needs to know of it. */
import type { Effect } from "effect"
import type { Reason } from "../../domain/Failure.ts"
import type { Notification } from "../Notifier.ts"

/** Messages that go together, in order, and how many were left out before them. */
export interface Parcel {
  readonly notifications: readonly [Notification, ...Array<Notification>]
  readonly leftOut: number
}

/** Why a sending failed, after so many tries. */
export interface SendFailure {
  readonly reason: Reason
  readonly tries: number
}

export interface Sender {
  /** Characters that several messages may share; 0: each goes alone. */
  readonly room: number
  /** Waits until the channel may be called again. */
  readonly turn: Effect.Effect<void>
  /** Sends once, or as often as belongs to one sending; says how often that was. */
  readonly send: (parcel: Parcel) => Effect.Effect<number, SendFailure>
  /** Whether a failure that may pass is tried again, for as long as it takes. */
  readonly isPatient: boolean
}
