/** Answers on their way to a client: whole, in drips, half, or not at all. */
import type { ServerResponse } from "node:http"
import type { Reply } from "../Http.ts"
import type { Later } from "./Later.ts"

const begin = (response: ServerResponse, { body, headers, status }: Reply): void => {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...headers
  })
}

/** Sends an answer whole. */
export const write = (response: ServerResponse, reply: Reply): void => {
  if (response.destroyed) return
  begin(response, reply)
  response.end(reply.body)
}

/** How an exchange ends that gets no answer, or only half of one. */
export type Ending = "close" | "reset" | "hang"

/** Ends the connection of an answer: FIN, RST, or nothing at all. */
export const end = ({ socket }: ServerResponse, ending: Ending): void => {
  if (ending === "close") socket?.destroySoon()
  else if (ending === "reset") socket?.resetAndDestroy()
}

/** Sends the headers and half of the body, then ends so. */
export const half = (response: ServerResponse, reply: Reply, ending: Ending): void => {
  if (response.destroyed) return
  const bytes = Buffer.from(reply.body)
  begin(response, reply)
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => end(response, ending))
}

/** How often drips come, ms. */
const pause = 100

/** Sends the headers at once and the body at so many bytes a second. */
export const drip = (response: ServerResponse, reply: Reply, bytesPerSecond: number, later: Later): void => {
  if (response.destroyed) return
  const bytes = Buffer.from(reply.body)
  const step = Math.max(1, Math.floor(bytesPerSecond * pause / 1_000))
  begin(response, reply)
  response.flushHeaders()
  const next = (from: number): void => {
    if (response.destroyed) return
    if (from >= bytes.length) return void response.end()
    response.write(bytes.subarray(from, from + step))
    later(step * 1_000 / bytesPerSecond, () => next(from + step))
  }
  next(0)
}
