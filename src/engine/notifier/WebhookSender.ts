/** Messages to another program, each a POST of JSON, with the tries, the deadline and the mark of every webhook. */
import { Effect } from "effect"
import type { Outbound } from "../../client/OutboundUrl.ts"
import { deliver } from "../Webhook.ts"
import type { Sender } from "./Sender.ts"

/** Sends to an address; `headers` may hold secrets. */
export const make = (outbound: Outbound, headers: Readonly<Record<string, string>>): Sender => ({
  room: 0,
  turn: Effect.void,
  isPatient: false,
  send: ({ leftOut, notifications: [{ channel, firingId, key, policyId, text, time }] }) =>
    deliver(outbound, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({
        channel,
        policy: policyId,
        text,
        time: new Date(time).toISOString(),
        firingId,
        ...(leftOut === 0 ? {} : { leftOut })
      })
    }, key).pipe(Effect.map(({ tries }) => tries))
})
