/**
 * One socket of the market channel: what it subscribed to, what it no longer gets, and the bytes waiting for its next
 * write. Text frames are encoded once and written as they are, many frames in one write.
 */
import type { Duplex } from "node:stream"
import type { WebSocket } from "ws"

/** A socket that has not read this many bytes is closed, as the venue closes slow readers. */
const maximumUnread = 64 * 1024 * 1024

/** A subscriber. */
export class Connection {
  readonly socket: WebSocket
  readonly assetIds = new Set<string>()
  /** Tokens of which this socket hears nothing any more. */
  readonly frozenAssetIds = new Set<string>()
  custom = false
  /** True: the socket hears nothing but PONG. */
  frozen = false
  readonly #stream: Duplex
  #waiting: Array<Buffer> = []

  constructor(socket: WebSocket, stream: Duplex) {
    this.socket = socket
    this.#stream = stream
  }

  /** Puts an encoded frame in the next write. */
  push(encoded: Buffer): void {
    this.#waiting.push(encoded)
  }

  /** Writes what waits; false when the reader is too slow and was closed. */
  flush(): boolean {
    const waiting = this.#waiting
    if (waiting.length === 0) return true
    this.#waiting = []
    if (!this.#stream.writable) return true
    this.#stream.write(waiting.length === 1 ? waiting[0] : Buffer.concat(waiting))
    if (this.#stream.writableLength <= maximumUnread) return true
    this.socket.terminate()
    return false
  }
}

/** Room for an unmasked WebSocket frame whose payload is still to be written, with the place where that begins. */
export const frameOfLength = (first: number, length: number): { readonly frame: Buffer; readonly header: number } => {
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(header + length)
  frame[0] = first
  if (header === 2) frame[1] = length
  else if (header === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return { frame, header }
}

/** A WebSocket text frame from server to client: final, unmasked. */
export const encode = (text: string): Buffer => {
  const { frame, header } = frameOfLength(0x81, Buffer.byteLength(text))
  frame.write(text, header)
  return frame
}
