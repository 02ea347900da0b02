/** The floor, a process of its own: ready texts of a usual length sent by `ws` to every socket, at the same rate. Nothing is made up, nothing checked. */
import type { AddressInfo } from "node:net"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { WebSocketServer } from "ws"
import { serve } from "../Process.ts"
import { teller } from "./Told.ts"

const [, rate = 0] = process.argv.slice(2).map(Number)
const beat = 4
/** Most frames of one beat: what a machine that stood still is behind is not made up for, however much it is. */
const mostAtOnce = 2_000
const text = `{"market":"${"0".repeat(620)}"}`
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false })
await new Promise((resolve) => server.once("listening", resolve))

const started = performance.now()
let sent = 0
setInterval(() => {
  const due = Math.floor((performance.now() - started) / 1_000 * rate)
  const backlog = [...server.clients].some((client) => client.bufferedAmount > 4 * 1024 * 1024)
  if (!backlog) {
    for (sent = Math.max(sent, due - mostAtOnce); sent < due; sent++) {
      for (const client of server.clients) client.send(text)
    }
  }
  sent = due
}, beat)

serve(teller({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, assetIds: ["1"] }))
