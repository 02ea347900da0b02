/**
 * The sports socket: a few games whose scores move, pushed to everybody. Pings in text and closes who does not answer within ten seconds.
 * @see https://docs.polymarket.com/api-reference/wss/sports
 */
import type { WebSocket } from "ws"
import { teams } from "./Catalogue.ts"
import { Listeners } from "./Listeners.ts"

/** How often it pings, and how long it waits for the answer, ms. */
const pingEvery = 5_000
const patience = 10_000

interface Heard {
  pingedAt: number
  answeredAt: number
}

/** A channel that is moved by `tick` once a second; `now` in ms UTC. */
export const make = (now: () => number) => {
  let score = 0

  const game = () => ({
    slug: "nba-lio-bea-simulated",
    gameId: 1,
    leagueAbbreviation: "nba",
    homeTeam: teams[0]?.name,
    awayTeam: teams[1]?.name,
    status: "InProgress",
    live: true,
    ended: false,
    score: `${score}-${Math.floor(score / 2)}`,
    period: "Q2",
    elapsed: "05:18",
    last_update: new Date(now()).toISOString()
  })

  const listeners: Listeners<Heard> = new Listeners<Heard>((socket, _message, text) => {
    const heard = listeners.wants.get(socket)
    if (text === "pong" && heard !== undefined) heard.answeredAt = now()
  })
  listeners.opened = (socket: WebSocket) => {
    listeners.wants.set(socket, { pingedAt: now(), answeredAt: now() })
    listeners.send(socket, game())
  }

  return {
    listeners,
    tick: (): void => {
      if (listeners.wants.size === 0) return
      score++
      for (const [socket, heard] of listeners.wants) {
        listeners.send(socket, game())
        if (now() - heard.answeredAt > pingEvery + patience) socket.close()
        else if (now() - heard.pingedAt >= pingEvery) {
          heard.pingedAt = now()
          socket.send("ping")
        }
      }
    }
  }
}
