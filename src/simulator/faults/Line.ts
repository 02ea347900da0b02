/**
 * One socket's faults: which of them are for it, whether they strike, and what they do to its frames. A fault of whole connections (silence, slow)
 * decides once per socket, when it first matters; one of frames decides for each that carries data. A frame meets at most one of the latter.
 */
import { parseJson } from "../Http.ts"
import * as Seeded from "../Seeded.ts"
import type { ArmedFault } from "./ArmedFault.ts"
import type { SocketFault, SocketSurface } from "./Fault.ts"
import type { Faults } from "./Faults.ts"
import { mutate } from "./Mutation.ts"
import { fragments, frameOf, isKeepAlive, type ServerFrame, textOf } from "./ServerFrames.ts"
import type { Bending, Wire } from "./Wire.ts"

type Armed = ArmedFault<SocketFault>

interface Held {
  readonly bytes: Buffer
  /** How many later frames go first. */
  left: number
}

/** How long a frame waits for others to overtake it, ms. */
const patience = 250

/** A socket. */
export class Line implements Bending {
  readonly surface: SocketSurface
  /** Of its surface, from 1. */
  readonly number: number
  /** Of all sockets, from 1. */
  readonly place: number
  wire: Wire | undefined
  readonly #faults: Faults
  /** Decisions for the whole connection. */
  readonly #decided = new Map<Armed, boolean>()
  readonly #randoms = new Map<Armed, Seeded.Seeded>()
  #held: Array<Held> = []
  #isBroken = false

  constructor(faults: Faults, surface: SocketSurface, number: number, place: number) {
    this.#faults = faults
    this.surface = surface
    this.number = number
    this.place = place
  }

  /** Whether a fault is for this socket, its time aside. */
  concerns({ fault, socketsBefore }: Armed): boolean {
    const { connection } = fault
    if (connection === "open") return this.place <= socketsBefore
    if (connection === "new") return this.place > socketsBefore
    return connection === undefined || connection === this.number
  }

  /** Whether a fault of whole connections is on and has struck this one; the first time, chance decides. */
  suffers(armed: Armed): boolean {
    const decided = this.#decided.get(armed)
    if (decided === true) return !armed.isCleared && this.#faults.now() < armed.ends
    if (decided === false || !this.concerns(armed) || !armed.isOn(this.#faults.now())) return false
    const strikes = armed.strikes(this.#randomOf(armed))
    this.#decided.set(armed, strikes)
    if (strikes) this.#struck(armed)
    return strikes
  }

  readonly isActive = (): boolean => this.#held.length > 0 || this.#decided.size > 0 || this.#armed().length > 0

  readonly pace = (): number | undefined => {
    for (const armed of this.#lasting()) {
      if (armed.fault.fault === "slow" && this.suffers(armed)) return armed.fault.bytesPerSecond
    }
    return undefined
  }

  readonly bend = (frames: ReadonlyArray<ServerFrame>): ReadonlyArray<Buffer> => {
    const out: Array<Buffer> = []
    for (const frame of frames) {
      if (this.#isBroken) return []
      const isData = !isKeepAlive(frame)
      const quiet = this.#silencing(frame, isData)
      if (quiet === "all") continue
      const kept = quiet === undefined ? frame : without(frame, quiet)
      if (kept === undefined) continue
      if (!isData) {
        out.push(kept.bytes)
        continue
      }
      this.#damage(kept, out)
      this.#release(out)
    }
    return this.#isBroken ? [] : out
  }

  /** What no later frame has overtaken in time goes out as it is. */
  readonly #giveUp = (held: Held): void => {
    if (!this.#held.includes(held)) return
    this.#held = this.#held.filter((one) => one !== held)
    this.wire?.inject(held.bytes)
  }

  #armed(): ReadonlyArray<Armed> {
    return this.#faults.on(this.surface)
  }

  /** With those that it suffers already and that are spent for others. */
  #lasting(): Iterable<Armed> {
    return this.#decided.size === 0 ? this.#armed() : new Set([...this.#decided.keys(), ...this.#armed()])
  }

  /** What of a frame is withheld: all of it, some tokens, or nothing. */
  #silencing(frame: ServerFrame, isData: boolean): "all" | ReadonlyArray<string> | undefined {
    for (const armed of this.#lasting()) {
      const { fault } = armed
      if (fault.fault !== "silence" || (!isData && fault.pong !== false)) continue
      if (fault.assets === undefined) {
        if (this.suffers(armed)) return "all"
      } else if (isData && mentions(frame, fault.assets) && this.suffers(armed)) return fault.assets
    }
    return undefined
  }

  #damage(frame: ServerFrame, out: Array<Buffer>): void {
    const armed = this.#armed().find((one) =>
      isOfFrames(one.fault) && one.isOn(this.#faults.now()) && this.concerns(one) &&
      (one.fault.assets === undefined || mentions(frame, one.fault.assets)) && one.strikes(this.#randomOf(one))
    )
    if (armed === undefined) return void out.push(frame.bytes)
    const random = this.#randomOf(armed)
    const { fault } = armed
    this.#struck(armed)
    switch (fault.fault) {
      case "drop": {
        const kept = fault.assets === undefined ? undefined : without(frame, fault.assets)
        if (kept !== undefined) out.push(kept.bytes)
        return
      }
      case "duplicate":
        out.push(frame.bytes)
        if (fault.window === undefined) out.push(frame.bytes)
        else this.#hold(frame.bytes, random.between(1, fault.window) + 1)
        return
      case "reorder":
        return this.#hold(frame.bytes, random.between(1, fault.window ?? 10) + 1)
      case "malform":
        return void out.push(frameOf(mutate(textOf(frame), fault.how ?? "any", random)).bytes)
      case "fragment":
        return void out.push(...fragments(frame, fault.pieces ?? 3))
      case "cut":
      case "reset": {
        const half = frame.bytes.subarray(0, Math.max(1, Math.floor(frame.bytes.length / 2)))
        const sent = Buffer.concat([...out, half])
        this.#isBroken = true
        this.wire?.breakAfter(sent, fault.fault === "cut" ? "close" : "reset")
      }
    }
  }

  #hold(bytes: Buffer, left: number): void {
    const held = { bytes, left }
    this.#held.push(held)
    this.#faults.later(patience, () => this.#giveUp(held))
  }

  /** Sends what enough frames have overtaken. */
  #release(out: Array<Buffer>): void {
    if (this.#held.length === 0) return
    for (const held of this.#held) if (--held.left <= 0) out.push(held.bytes)
    this.#held = this.#held.filter(({ left }) => left > 0)
  }

  #randomOf(armed: Armed): Seeded.Seeded {
    const known = this.#randoms.get(armed)
    if (known !== undefined) return known
    const random = Seeded.make(this.#faults.seed, `fault/${armed.id}/${this.surface}/${this.number}`)
    this.#randoms.set(armed, random)
    return random
  }

  #struck(armed: Armed): void {
    this.#faults.struck(armed, { on: this.surface, connection: this.number })
  }
}

const isOfFrames = (fault: SocketFault): boolean =>
  fault.fault === "reset"
    ? fault.point === "frame"
    : !["refuse", "hang", "slow", "silence"].includes(fault.fault)

const mentions = (frame: ServerFrame, assets: ReadonlyArray<string>): boolean => {
  const text = textOf(frame)
  return assets.some((asset) => text.includes(asset))
}

/** What a frame says of other tokens; nothing when it is only of these, or cannot be taken apart. */
const without = (frame: ServerFrame, assets: ReadonlyArray<string>): ServerFrame | undefined => {
  const isOther = (one: { readonly asset_id?: unknown }) => !assets.includes(String(one.asset_id))
  const value = parseJson(textOf(frame)) as
    | ReadonlyArray<{ readonly asset_id?: unknown }>
    | { readonly price_changes?: ReadonlyArray<{ readonly asset_id?: unknown }> }
    | undefined
  if (value === undefined) return undefined
  if ("price_changes" in value && Array.isArray(value.price_changes)) {
    const price_changes = value.price_changes.filter(isOther)
    return price_changes.length === 0 ? undefined : frameOf(JSON.stringify({ ...value, price_changes }))
  }
  const kept = Array.isArray(value) ? value.filter(isOther) : []
  return kept.length === 0 ? undefined : frameOf(`${JSON.stringify(kept)}\n`)
}
