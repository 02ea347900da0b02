/**
 * One HTTP server on loopback for all surfaces, told apart by the first part of the path: `/clob`, `/gamma`, `/control`
 * and the socket `/ws/market`. Bodies are read whole, at most 4 MiB.
 */
import { Effect, Schema, type Scope } from "effect"
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
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

/** Serves surfaces until the scope closes; the port that was taken (0 asks for a free one). */
export const listen = (options: {
  readonly port: number
  /** By the first part of the path, without slash. */
  readonly surfaces: Readonly<Record<string, Surface>>
  /** Takes over upgrades, by path. */
  readonly sockets: Readonly<Record<string, (request: IncomingMessage, stream: Duplex, head: Buffer) => void>>
}): Effect.Effect<number, ListenError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<NodeServer, ListenError>((resume) => {
      const server = createServer((request, response) => answer(options.surfaces, request, response))
      server.on("upgrade", (request, stream, head) => {
        stream.on("error", () => stream.destroy())
        const handle = options.sockets[(request.url ?? "").split("?")[0] as string]
        if (handle === undefined) stream.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        else handle(request, stream, head)
      })
      server.once(
        "error",
        (error) => resume(Effect.fail(new ListenError({ port: options.port, detail: error.message })))
      )
      server.listen({ host: "127.0.0.1", port: options.port, backlog: 511 }, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

const answer = (
  surfaces: Readonly<Record<string, Surface>>,
  request: IncomingMessage,
  response: ServerResponse
): void => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const [, name = "", path = ""] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? []
  const surface = surfaces[name]
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
    const reply = surface({ method, path, query: url.searchParams, body, headers })
    if (!(reply instanceof Promise)) return write(response, reply)
    reply.then(
      (settled) => write(response, settled),
      () => write(response, { status: 500, body: "{\"error\":\"Internal error\"}" })
    )
  })
}

const write = (response: ServerResponse, reply: Reply): void => {
  response.writeHead(reply.status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(reply.body)
  })
  response.end(reply.body)
}
