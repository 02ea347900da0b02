/** A fault that was asked for: its time, how often it could have struck, and how often it did. */
import type { Seeded } from "../Seeded.ts"
import type { Fault } from "./Fault.ts"

/** What is told of a fault. */
export type FaultReport = Fault & {
  readonly id: string
  /** Chances: requests, connections or frames that it was for, while it was on. */
  readonly offered: number
  readonly applied: number
  readonly state: "waiting" | "on" | "over"
}

/** One fault with its counters. */
export class ArmedFault<F extends Fault = Fault> {
  readonly id: string
  readonly fault: F
  /** ms UTC. */
  readonly begins: number
  readonly ends: number
  /** How many sockets had been opened before it was asked for. */
  readonly socketsBefore: number
  offered = 0
  applied = 0
  isCleared = false
  readonly #probability: number
  readonly #times: number

  constructor(id: string, fault: F, begins: number, socketsBefore: number) {
    this.id = id
    this.fault = fault
    this.begins = begins
    this.ends = fault.forMs === undefined ? Number.POSITIVE_INFINITY : begins + fault.forMs
    this.socketsBefore = socketsBefore
    const { probability, times } = fault as { readonly probability?: number; readonly times?: number }
    this.#probability = probability ?? 1
    this.#times = times ?? Number.POSITIVE_INFINITY
  }

  /** True once it can never strike again. */
  isOver(now: number): boolean {
    return this.isCleared || now >= this.ends || this.applied >= this.#times
  }

  /** True while it may strike. */
  isOn(now: number): boolean {
    return now >= this.begins && !this.isOver(now)
  }

  /** Whether it strikes this time; a chance and, if so, an application are counted. */
  strikes(random: Seeded): boolean {
    this.offered++
    if (this.#probability < 1 && !random.chance(this.#probability)) return false
    this.applied++
    return true
  }

  report(now: number): FaultReport {
    const { applied, fault, id, offered } = this
    const state = this.isOver(now) ? "over" : now < this.begins ? "waiting" : "on"
    return { ...fault, id, offered, applied, state }
  }
}
