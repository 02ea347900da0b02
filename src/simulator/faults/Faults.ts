/**
 * All faults of a simulator: asked for, looked up, counted, cleared. Whether a chance is taken is drawn from the seed, the fault's id and, for
 * sockets, the connection: the same requests and frames in the same order meet the same faults.
 */
import * as Seeded from "../Seeded.ts"
import { ArmedFault, type FaultReport } from "./ArmedFault.ts"
import type { Fault, HttpFault, SocketFault, SocketSurface, VenueFault } from "./Fault.ts"
import type { Later } from "./Later.ts"

/** Takes a line for the ledger. */
export type RecordLine = (line: { readonly kind: string; readonly [field: string]: unknown }) => void

/** What faults need. */
export interface FaultsParts {
  readonly seed: number
  /** ms UTC. */
  readonly now: () => number
  readonly later: Later
  readonly record: RecordLine
}

const socketSurfaces: ReadonlyArray<SocketSurface> = ["market", "user", "rtds", "polybolt", "sports"]

const isSocketFault = (armed: ArmedFault): armed is ArmedFault<SocketFault> => {
  const { fault } = armed
  return "on" in fault && surfacesOf(fault.on).some((one) => one === "sockets" || socketSurfaces.some((s) => s === one))
}

const venueFaults: ReadonlySet<string> = new Set(["down", "settlement", "restart", "mode"])

const isVenueFault = (armed: ArmedFault): armed is ArmedFault<VenueFault> => venueFaults.has(armed.fault.fault)

const isHttpFault = (armed: ArmedFault): armed is ArmedFault<HttpFault> => !isVenueFault(armed) && !isSocketFault(armed)

const surfacesOf = (on: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  on === undefined ? [] : typeof on === "string" ? [on] : on

/** The faults. */
export class Faults {
  readonly seed: number
  readonly now: () => number
  readonly later: Later
  readonly record: RecordLine
  /** Faults of requests that are not over. */
  http: ReadonlyArray<ArmedFault<HttpFault>> = []
  /** Faults of the venue as a whole that are not over. */
  venue: ReadonlyArray<ArmedFault<VenueFault>> = []
  /** Called when a fault begins, and when it is cleared. */
  readonly begun: Array<(armed: ArmedFault) => void> = []
  readonly ended: Array<(armed: ArmedFault) => void> = []
  /** How many sockets were opened so far. */
  sockets = 0
  readonly #all: Array<ArmedFault> = []
  readonly #randoms = new WeakMap<ArmedFault, Seeded.Seeded>()
  #bySocket: Partial<{ readonly [surface in SocketSurface]: ReadonlyArray<ArmedFault<SocketFault>> }> = {}

  constructor({ later, now, record, seed }: FaultsParts) {
    this.seed = seed
    this.now = now
    this.later = later
    this.record = record
  }

  /** Takes a fault; its id, or nothing when one of that id is there already. */
  arm(fault: Fault, delayMs = 0): string | undefined {
    const id = fault.id ?? `fault-${this.#all.length + 1}`
    if (this.#all.some((one) => one.id === id && !one.isOver(this.now()))) return undefined
    const wait = delayMs + (fault.afterMs ?? 0)
    const armed = new ArmedFault(id, fault, this.now() + wait, this.sockets)
    this.#all.push(armed)
    this.#sort()
    this.record({ kind: "fault armed", ...fault, id })
    this.later(wait, () => {
      if (armed.isCleared) return
      for (const hear of this.begun) hear(armed)
    })
    if (fault.forMs !== undefined) this.later(wait + fault.forMs, () => this.#sort())
    return id
  }

  /** Ends a fault, or all, also for sockets that suffer from one that is spent; how many. */
  clear(id?: string): number {
    const now = this.now()
    const cleared = this.#all.filter((one) => !one.isCleared && now < one.ends && (id === undefined || one.id === id))
    for (const armed of cleared) {
      armed.isCleared = true
      this.record({ kind: "fault cleared", id: armed.id })
      for (const hear of this.ended) hear(armed)
    }
    this.#sort()
    return cleared.length
  }

  /** Every fault that was asked for, in order. */
  reports(): ReadonlyArray<FaultReport> {
    const now = this.now()
    return this.#all.map((armed) => armed.report(now))
  }

  /** Faults of a socket surface that are not over; the same list until something changes. */
  on(surface: SocketSurface): ReadonlyArray<ArmedFault<SocketFault>> {
    return this.#bySocket[surface] ?? []
  }

  /** Whether a fault is of sockets. */
  onSockets(armed: ArmedFault): armed is ArmedFault<SocketFault> {
    return isSocketFault(armed)
  }

  /** Where the chances of a fault's requests are drawn from. */
  randomOf(armed: ArmedFault): Seeded.Seeded {
    const known = this.#randoms.get(armed)
    if (known !== undefined) return known
    const random = Seeded.make(this.seed, `fault/${armed.id}`)
    this.#randoms.set(armed, random)
    return random
  }

  /** Writes down that a fault struck, and forgets it once it is over. */
  struck(armed: ArmedFault, what: { readonly [field: string]: unknown }): void {
    this.record({ kind: "fault", id: armed.id, fault: armed.fault.fault, ...what })
    if (armed.isOver(this.now())) this.#sort()
  }

  #sort(): void {
    const now = this.now()
    const live = this.#all.filter((one) => !one.isOver(now))
    this.http = live.filter(isHttpFault)
    this.venue = live.filter(isVenueFault)
    const sockets = live.filter(isSocketFault)
    const of = (surface: SocketSurface) =>
      sockets.filter(({ fault }) => surfacesOf(fault.on).some((one) => one === surface || one === "sockets"))
    this.#bySocket = Object.fromEntries(socketSurfaces.map((surface) => [surface, of(surface)]))
  }
}
