/** A small socket server on a free loopback port, driven by the test. */
import { Effect } from "effect"
import type { Scope } from "effect"
import { type WebSocket, WebSocketServer } from "ws"

/** A server with what it saw. */
export interface SocketServer {
  readonly url: string
  readonly port: number
  /** Messages received, with the number of the connection that sent them, from 1. */
  readonly received: Array<{ readonly connection: number; readonly text: string }>
  readonly sockets: Set<WebSocket>
  readonly connections: () => number
}

/** Serves until the scope closes; `onMessage` answers. */
export const serve = (
  onMessage: (socket: WebSocket, text: string, connection: number) => void,
  port = 0
): Effect.Effect<SocketServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<SocketServer & { readonly server: WebSocketServer }>((resume) => {
      const server = new WebSocketServer({ port, host: "127.0.0.1" })
      const received: Array<{ connection: number; text: string }> = []
      const sockets = new Set<WebSocket>()
      let connections = 0
      server.on("connection", (socket) => {
        const connection = ++connections
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
        socket.on("message", (data) => {
          const text = data.toString()
          received.push({ connection, text })
          onMessage(socket, text, connection)
        })
      })
      server.on("listening", () => {
        const address = server.address() as { port: number }
        resume(Effect.succeed({
          server,
          url: `ws://127.0.0.1:${address.port}`,
          port: address.port,
          received,
          sockets,
          connections: () => connections
        }))
      })
    }),
    ({ server, sockets }) =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets) socket.terminate()
        server.close(() => resume(Effect.void))
      })
  )
