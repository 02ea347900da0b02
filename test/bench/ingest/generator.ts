/**
 * The load generator, a process of its own: a WebSocket server that tells the first books of what is subscribed and then, when
 * asked, frames made in advance; and over HTTP the books as REST shows them.
 */
import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import process from "node:process"
import { WebSocketServer } from "ws"
import { serve } from "../Process.ts"
import * as Traffic from "./Traffic.ts"

/** What is asked of the generator. Without `perSecond` as fast as the reader takes it. */
export type Ask =
  | { readonly kind: "address" }
  | { readonly kind: "send"; readonly from: number; readonly to: number; readonly perSecond?: number }

/** Where it listens. */
export interface Address {
  readonly port: number
}

/** What it sent: how many of all frames so far were trades. */
export interface Sent {
  readonly trades: number
}

const [markets = 0, frames = 0] = process.argv.slice(2).map(Number)
const traffic = Traffic.make({ markets, frames, seed: 7, time: Date.now() })
const marketOf = new Map<string, number>()
for (const [at, { no, yes }] of Traffic.marketsOf(markets).entries()) marketOf.set(yes, at).set(no, at)

/** By market: who subscribed to it. The newest reader alone. */
const readers: Array<Socket | undefined> = []

const http = createServer((request, response) => {
  const bodies: Array<Buffer> = []
  request.on("data", (part: Buffer) => bodies.push(part))
  request.on("end", () => {
    response.setHeader("content-type", "application/json")
    if (request.url === "/time") return response.end(String(Math.floor(Date.now() / 1_000)))
    const asked = JSON.parse(Buffer.concat(bodies).toString()) as ReadonlyArray<{ readonly token_id: string }>
    response.end(`[${asked.map(({ token_id }) => traffic.summaries.get(token_id)).join(",")}]`)
  })
})

const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
sockets.on("connection", (socket, { socket: raw }) => {
  raw.setNoDelay(true)
  socket.on("message", (data) => {
    const text = (data as Buffer).toString()
    if (text === "PING") return socket.send("PONG")
    const { assets_ids } = JSON.parse(text) as { readonly assets_ids: ReadonlyArray<string> }
    for (const token of assets_ids) readers[marketOf.get(token) as number] = raw
    socket.send(`[${assets_ids.map((token) => traffic.firstBooks.get(token)).join(",")}]\n`)
  })
  socket.on("error", () => {})
})

/** The frames due every millisecond, each with a write of its own, as a venue that tells what happens when it happens. */
const paced = (from: number, to: number, perSecond: number): Promise<void> =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    let next = from
    const turn = (): void => {
      const due = Math.min(to, from + Math.floor((performance.now() - startedAt) * perSecond / 1_000))
      for (; next < due; next++) {
        const frame = traffic.frames[next] as Traffic.TrafficFrame
        readers[frame.market]?.write(frame.bytes)
      }
      if (next < to) setTimeout(turn, 1)
      else resolve()
    }
    turn()
  })

/** Frames written together when the reader does not keep up. */
const together = 64

/** As fast as the readers take it: all wait for the slowest. */
const fast = async (from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at += together) {
    const parts = new Map<Socket, Array<Buffer>>()
    for (const { bytes, market } of traffic.frames.slice(at, Math.min(to, at + together))) {
      const reader = readers[market]
      if (reader === undefined) continue
      const part = parts.get(reader)
      if (part === undefined) parts.set(reader, [bytes])
      else part.push(bytes)
    }
    for (const [reader, part] of parts) {
      if (!reader.write(Buffer.concat(part))) await new Promise((resolve) => reader.once("drain", resolve))
    }
  }
}

http.listen(0, "127.0.0.1", () => {
  const { port } = http.address() as AddressInfo
  serve(async (ask: Ask) => {
    if (ask.kind === "address") return { port } satisfies Address
    await (ask.perSecond === undefined ? fast(ask.from, ask.to) : paced(ask.from, ask.to, ask.perSecond))
    return { trades: traffic.tradesBefore[ask.to] ?? 0 } satisfies Sent
  })
})
