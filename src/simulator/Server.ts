/**
 * One HTTP server on loopback for all surfaces, told apart by the first part of the path: `/clob`, `/gamma`, `/control`
 * and the socket `/ws/market`. Bodies are read whole, at most 4 MiB. Faults may stand between a surface and its clients, but not before control.
 */
import { Effect, Schema, type Scope } from "effect"
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { write } from "./faults/Delivery.ts"
import type { Asked } from "./faults/HttpFaults.ts"
import type { Reply, Surface } from "./Http.ts"

/** The port could not be had. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  port: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `Could not listen on 127.0.0.1:${this.port}: ${this.detail}`
  }
}

const maximumBody = 4 * 1024 * 1024

/** Passes a request on, or lets something happen to it or its answer. */
export type Between = (request: Asked, response: ServerResponse, process: () => Reply | Promise<Reply>) => void

/** A running server. */
export interface Listening {
  readonly port: number
  /** Closes the port and cuts every connection. */
  readonly shut: () => void
  /** Listens on the same port again; tells when somebody else has it. */
  readonly reopen: (failed: () => void) => void
}

/** Serves surfaces until the scope closes; port 0 takes a free one. */
export const listen = (options: {
  readonly port: number
  /** By the first part of the path, without slash. */
  readonly surfaces: Readonly<Record<string, Surface>>
  /** Takes over upgrades, by path. */
  readonly sockets: Readonly<Record<string, (request: IncomingMessage, stream: Duplex, head: Buffer) => void>>
  /** Stands before every surface but control. */
  readonly between?: Between
}): Effect.Effect<Listening, ListenError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<NodeServer, ListenError>((resume) => {
      const server = createServer((request, response) => answer(options, request, response))
      server.on("upgrade", (request, stream, head) => {
        stream.on("error", () => stream.destroy())
        const handle = options.sockets[(request.url ?? "").split("?")[0] as string]
        if (handle === undefined) stream.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        else handle(request, stream, head)
      })
      const fail = (error: Error) => resume(Effect.fail(new ListenError({ port: options.port, detail: error.message })))
      server.once("error", fail)
      server.listen(addressOf(options.port), () => {
        server.off("error", fail)
        resume(Effect.succeed(server))
      })
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => {
    const { port } = server.address() as AddressInfo
    return {
      port,
      shut: () => {
        server.close()
        server.closeAllConnections()
      },
      reopen: (failed) => {
        if (server.listening) return
        server.once("error", failed)
        server.listen(addressOf(port), () => server.off("error", failed))
      }
    }
  }))

const addressOf = (port: number) => ({ host: "127.0.0.1", port, backlog: 511 })

const answer = (
  options: { readonly surfaces: Readonly<Record<string, Surface>>; readonly between?: Between },
  request: IncomingMessage,
  response: ServerResponse
): void => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const [, name = "", path = ""] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? []
  const surface = options.surfaces[name]
  const chunks: Array<Buffer> = []
  let size = 0
  request.on("error", () => response.destroy())
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= maximumBody) chunks.push(chunk)
  })
  request.on("end", () => {
    if (surface === undefined) return write(response, { status: 404, body: "{\"error\":\"Not Found\"}" })
    if (size > maximumBody) return write(response, { status: 413, body: "{\"error\":\"Payload too large\"}" })
    const body = Buffer.concat(chunks).toString()
    const { headers, method = "GET" } = request
    const ip = request.socket.remoteAddress ?? "127.0.0.1"
    const asked = { surface: name, method, path, query: url.searchParams, body, headers, ip }
    const between = name === "control" ? direct : options.between ?? direct
    between(asked, response, () => surface(asked))
  })
}

const direct: Between = (_, response, process) => {
  const reply = process()
  if (!(reply instanceof Promise)) return write(response, reply)
  reply.then(
    (settled) => write(response, settled),
    () => write(response, { status: 500, body: "{\"error\":\"Internal error\"}" })
  )
}
