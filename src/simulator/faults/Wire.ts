/**
 * Stands between a WebSocket server and its TCP connection. What comes in passes; what goes out passes as it is until somebody `bends` it: then the
 * bytes are told apart as frames first. A bent wire may also write slowly, in which case the writer sees an unread stream.
 */
import { Socket } from "node:net"
import { Duplex } from "node:stream"
import type { Later } from "./Later.ts"
import { type ServerFrame, split } from "./ServerFrames.ts"

/** What becomes of outgoing frames. */
export interface Bending {
  /** False: bytes pass as they are. */
  readonly isActive: () => boolean
  /** What is sent in the place of some frames. */
  readonly bend: (frames: ReadonlyArray<ServerFrame>) => ReadonlyArray<Buffer>
  /** Bytes a second that may go out; absent: all. */
  readonly pace: () => number | undefined
}

/** How often slow wires write, ms. */
const pause = 50

/** One connection. */
export class Wire extends Duplex {
  readonly #raw: Duplex
  readonly #later: Later
  readonly #bending: Bending
  #isOpen = false
  #rest: Buffer = Buffer.alloc(0)
  #isPouring = false
  #waiting: Array<Buffer> = []

  constructor(raw: Duplex, bending: Bending, later: Later) {
    super({ allowHalfOpen: true })
    this.#raw = raw
    this.#bending = bending
    this.#later = later
    raw.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) raw.pause()
    })
    raw.once("end", () => this.push(null))
    raw.once("close", () => this.destroy())
    raw.on("error", (error) => this.destroy(error))
    this.on("error", () => {})
  }

  override _read(): void {
    this.#raw.resume()
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(typeof chunk === "string" ? Buffer.from(chunk) : chunk, done)
  }

  override _writev(
    chunks: Array<{ chunk: Buffer | string; encoding: BufferEncoding }>,
    done: (error?: Error | null) => void
  ): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => typeof chunk === "string" ? Buffer.from(chunk) : chunk)), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy()
    done(error)
  }

  /** Sends whole frames past everything that bends, but not into the middle of another. */
  inject(bytes: Buffer): void {
    if (this.#isPouring) this.#waiting.push(bytes)
    else if (this.#raw.writable) this.#raw.write(bytes)
  }

  /** RST. */
  reset(): void {
    if (this.#raw instanceof Socket) this.#raw.resetAndDestroy()
    this.destroy()
  }

  /** Writes some bytes, then RST or FIN once they are out. */
  breakAfter(bytes: Buffer, how: "reset" | "close"): void {
    const act = how === "reset" ? () => this.reset() : () => this.#raw.end(() => this.destroy())
    if (this.#raw.writable) this.#raw.write(bytes, act)
    else this.destroy()
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (!this.#raw.writable) return done()
    // The answer to the handshake is written at once and in one piece.
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#raw.write(bytes, done)
    } else if (this.#rest.length === 0 && !this.#bending.isActive()) this.#raw.write(bytes, done)
    else {
      const { frames, rest } = split(this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]))
      this.#rest = rest
      const bent = this.#bending.bend(frames)
      this.#pour(Buffer.concat(bent), done)
    }
  }

  #pour(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (bytes.length === 0 || !this.#raw.writable) return this.#poured(done)
    const pace = this.#bending.pace()
    if (pace === undefined) return void this.#raw.write(bytes, () => this.#poured(done))
    const step = Math.max(1, Math.floor(pace * pause / 1_000))
    this.#isPouring = true
    this.#raw.write(bytes.subarray(0, step))
    this.#later(step * 1_000 / pace, () => this.#pour(bytes.subarray(step), done))
  }

  #poured(done: (error?: Error | null) => void): void {
    const waiting = this.#waiting
    this.#isPouring = false
    this.#waiting = []
    for (const bytes of waiting) this.inject(bytes)
    done()
  }
}
