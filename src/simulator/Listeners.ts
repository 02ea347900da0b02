/** The sockets of a channel whose messages are JSON objects: taken over, heard, told, closed. What they want is kept as a value each. */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"
import { parseJson } from "./Http.ts"

/** A channel's sockets, each with a value `W` of what it wants; `undefined` before it said so. */
export class Listeners<W> {
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 })
  readonly wants = new Map<WebSocket, W>()
  readonly #hear: (socket: WebSocket, message: unknown, text: string) => void

  constructor(hear: (socket: WebSocket, message: unknown, text: string) => void) {
    this.#hear = hear
  }

  /** Takes over a connection that asks for the WebSocket protocol. */
  readonly upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      socket.on("error", () => socket.terminate())
      socket.on("close", () => this.wants.delete(socket))
      socket.on("message", (data, isBinary) => {
        const text = isBinary ? "" : String(data)
        this.#hear(socket, parseJson(text), text)
      })
      this.opened(socket)
    })
  }

  /** Called for each new socket; to be replaced. */
  opened: (socket: WebSocket) => void = () => {}

  /** Sends an object to one socket. */
  send(socket: WebSocket, message: unknown): void {
    socket.send(JSON.stringify(message))
  }

  /** Ends every socket. */
  close(): void {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
  }
}
