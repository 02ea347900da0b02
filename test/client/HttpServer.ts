/** A small HTTP server on a free loopback port, driven by the test. */
import { Effect } from "effect"
import type { Scope } from "effect"
import { createServer } from "node:http"

/** What is answered. */
export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

/** A request as the server saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  readonly headers: Record<string, string | Array<string> | undefined>
}

/** Serves until the scope closes; `answer` is handed each request with its number, from 1. A text body is sent as it is. */
export const serveHttp = (
  answer: (seen: Seen, count: number) => Answer
): Effect.Effect<{ readonly url: string; readonly host: string; readonly seen: Array<Seen> }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<
      { readonly url: string; readonly host: string; readonly seen: Array<Seen>; readonly close: () => void }
    >((resume) => {
      const seen: Array<Seen> = []
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (part) => body += String(part))
        request.on("end", () => {
          const url = new URL(request.url ?? "/", "http://localhost")
          const one = {
            method: request.method ?? "",
            path: url.pathname,
            query: url.searchParams,
            body,
            headers: request.headers
          }
          seen.push(one)
          const reply = answer(one, seen.length)
          response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers })
          response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body))
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number }
        const host = `127.0.0.1:${port}`
        resume(Effect.succeed({
          url: `http://${host}`,
          host,
          seen,
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        }))
      })
    }),
    (server) => Effect.sync(server.close)
  )
