/** Ten subscribers in a process of their own: they count what comes in and do nothing with it. */
import process from "node:process"
import { WebSocket } from "ws"
import { serve } from "../Process.ts"
import { counter } from "./Told.ts"

const [url = "", subscribers = "0", ...assetIds] = process.argv.slice(2)
const { answer, counted } = counter()

await Promise.all(Array.from({ length: Number(subscribers) }, () =>
  new Promise<void>((resolve) => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.on("open", () => socket.send(JSON.stringify({ assets_ids: assetIds, type: "market" })))
    socket.on("message", (data: Buffer) => {
      counted.frames++
      counted.bytes += data.length
      resolve()
    })
  })))

serve(answer)
