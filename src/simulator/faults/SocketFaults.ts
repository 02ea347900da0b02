/** Faults of sockets: every connection of a channel goes over a wire that they can bend; some never get so far. */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { ArmedFault } from "./ArmedFault.ts"
import type { SocketFault, SocketSurface } from "./Fault.ts"
import type { Faults } from "./Faults.ts"
import { Line } from "./Line.ts"
import { Wire } from "./Wire.ts"

/** Takes over a connection that asks for the WebSocket protocol. */
export type Upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/** The sockets of all channels. */
export class SocketFaults {
  readonly #faults: Faults
  readonly #lines = new Set<Line>()
  readonly #hung = new Set<Duplex>()
  readonly #numbers = new Map<SocketSurface, number>()

  constructor(faults: Faults) {
    this.#faults = faults
    faults.begun.push((armed) => {
      if (!faults.onSockets(armed) || !isImmediate(armed.fault)) return
      for (const line of this.#lines) {
        if (faults.on(line.surface).includes(armed) && line.suffers(armed)) line.wire?.reset()
      }
    })
  }

  /** A channel's upgrade with faults in its way. */
  between(surface: SocketSurface, upgrade: Upgrade): Upgrade {
    return (request, stream, head) => {
      const number = (this.#numbers.get(surface) ?? 0) + 1
      this.#numbers.set(surface, number)
      const line = new Line(this.#faults, surface, number, ++this.#faults.sockets)
      const armed = this.#faults.on(surface).find((one) => isOfHandshakes(one.fault) && line.suffers(one))
      if (armed !== undefined) return this.#refuse(armed, stream)
      const wire = new Wire(stream, line, this.#faults.later)
      line.wire = wire
      this.#lines.add(line)
      wire.once("close", () => this.#lines.delete(line))
      upgrade(request, wire, head)
    }
  }

  /** Cuts every connection. */
  reset(): void {
    for (const { wire } of this.#lines) wire?.reset()
    for (const stream of this.#hung) stream.destroy()
  }

  #refuse({ fault }: ArmedFault<SocketFault>, stream: Duplex): void {
    if (fault.fault === "hang") {
      this.#hung.add(stream)
      stream.once("close", () => this.#hung.delete(stream))
      stream.resume()
    } else if (fault.fault === "refuse" && fault.status !== undefined) {
      const retry = fault.retryAfter === undefined ? "" : `Retry-After: ${fault.retryAfter}\r\n`
      stream.end(`HTTP/1.1 ${fault.status} Refused\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`)
    } else if (fault.fault === "reset") new Wire(stream, neverBent, this.#faults.later).reset()
    else stream.destroy()
  }
}

const neverBent = { isActive: () => false, bend: () => [], pace: () => undefined }

const isImmediate = (fault: SocketFault): boolean => fault.fault === "reset" && fault.point !== "frame"

const isOfHandshakes = (fault: SocketFault): boolean =>
  fault.fault === "refuse" || fault.fault === "hang" || isImmediate(fault)
