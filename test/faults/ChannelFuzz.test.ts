/**
 * Mutated frames of every channel beside the market channel, read as its feed reads them and told on as the engine does. Samples are what was
 * recorded or documented, and what the simulator writes. Whatever comes, the outcome is messages or counts, never a throw and never a pause.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import { makeReader } from "../../src/client/JsonFeed.ts"
import { PolyBoltFrame } from "../../src/client/polymarket/rtds/PolyBoltSchema.ts"
import { RtdsFrame } from "../../src/client/polymarket/rtds/RtdsSchema.ts"
import { SportsMessage } from "../../src/client/polymarket/rtds/SportsSchema.ts"
import { UserMessage } from "../../src/client/polymarket/UserChannel.ts"
import { saidByPolyBolt, saidByRtds } from "../../src/engine/ingestor/PricesIngestor.ts"
import { orderOf } from "../../src/engine/ingestor/UserChannelIngestor.ts"
import * as SharedData from "../client/SharedData.ts"
import { randomOf, timed, wound } from "./Wounds.ts"

const seed = Number(process.env["FUZZ_SEED"] ?? 7)
const runs = Number(process.env["FUZZ_FRAMES"] ?? 100_000)

/** What every object has to begin with. */
const inherited = Object.getOwnPropertyNames(Object.prototype)

interface Channel {
  readonly name: string
  readonly samples: () => ReadonlyArray<string>
  /** Reads a frame, and passes its messages on. */
  readonly read: (bytes: Buffer) => { readonly messages: number; readonly refused: number }
}

const channel = <A>(
  name: string,
  options: {
    readonly schema: Schema.ConstraintDecoder<A>
    readonly answers?: Readonly<Record<string, string>>
    readonly samples: () => ReadonlyArray<string>
    readonly tell?: (message: A) => void
  }
): Channel => {
  const read = makeReader(options)
  return {
    name,
    samples: options.samples,
    read: (bytes) => {
      const { malformed, messages, unknown } = read(bytes)
      if (options.tell !== undefined) messages.forEach(options.tell)
      return { messages: messages.length, refused: (malformed ? 1 : 0) + unknown }
    }
  }
}

const files = (...names: ReadonlyArray<string>) =>
  names.map((name) => JSON.stringify(SharedData.json(`payloads/${name}.json`)))

const rtds = (topic: string, type: string, payload: object) =>
  JSON.stringify({ topic, type, timestamp: 1_780_726_213_178, payload, connection_id: "a=" })

const price = { symbol: "btc/usd", timestamp: 1_780_726_213_000, value: 61_150.89 }

const channels: ReadonlyArray<Channel> = [
  channel("user", {
    schema: UserMessage,
    samples: () => {
      const all = files(
        "ws-user.order.fok-killed",
        "ws-user.order.placement-docs",
        "ws-user.order.placement",
        "ws-user.order.update",
        "ws-user.trade"
      )
      return [...all, `[${all.join(",")}]`]
    },
    tell: (message) => {
      if ("original_size" in message) orderOf(message)
    }
  }),
  channel("RTDS", {
    schema: RtdsFrame,
    samples: () => [
      ...files("rtds.crypto_prices.subscribe", "rtds.equity_prices.update"),
      rtds("crypto_prices_chainlink", "update", { ...price, full_accuracy_value: "61150890000000000000000" }),
      rtds("crypto_prices_twap_sixty", "update", { ...price, window_s: 60 }),
      rtds("activity", "trades", { asset: "1", conditionId: "0x2", side: "BUY", price: 0.5, size: 5, outcomeIndex: 0 }),
      rtds("comments", "comment_created", { id: "7", body: "No.", parentEntityID: 9, parentEntityType: "Event" })
    ],
    tell: saidByRtds
  }),
  channel("PolyBolt", {
    schema: PolyBoltFrame,
    samples: () => [
      ...(SharedData.json("payloads/polybolt.price-crypto.excerpt.json") as ReadonlyArray<unknown>)
        .map((frame) => JSON.stringify(frame)),
      JSON.stringify({
        v: 1,
        channel: "price.crypto",
        seq: 2,
        ts: 1_788_886_176_000,
        payload: { ...price, symbol: "btcusd", full_accuracy_value: "61150.89000000001" }
      })
    ],
    tell: saidByPolyBolt
  }),
  channel("sports", {
    schema: SportsMessage,
    answers: { ping: "pong" },
    samples: () => SharedData.text("payloads/ws-sports.updates.jsonl").trim().split("\n")
  })
]

describe.skipIf(!SharedData.isPresent)(`channel fuzz, seed ${seed}`, () => {
  for (const [index, { name, read, samples }] of channels.entries()) {
    it(`FUZ-1 SEC-9 ${runs} mutated frames of the ${name} channel`, () => {
      const random = randomOf(seed + 10 + index)
      const texts = samples()
      for (const text of texts) {
        const { messages, refused } = read(Buffer.from(text))
        assert.isAbove(messages, 0, text)
        assert.strictEqual(refused, 0, text)
      }
      let messages = 0
      let refused = 0
      for (let run = 0; run < runs; run++) {
        const text = wound(texts[random(texts.length)] as string, random)
        timed(() => {
          const outcome = read(Buffer.from(text))
          messages += outcome.messages
          refused += outcome.refused
        }, text)
      }
      assert.isAbove(messages, runs / 50)
      assert.isAbove(refused, runs / 50)
      assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), inherited)
    })
  }

  it("FUZ-1 numbers of a million digits and a hundred thousand messages in one frame are read in time", () => {
    const digits = "9".repeat(1_000_000)
    const giants = [
      rtds("crypto_prices_chainlink", "update", { ...price, full_accuracy_value: digits }),
      rtds("crypto_prices", "update", { ...price, symbol: digits }),
      JSON.stringify({ slug: digits, score: digits }),
      `{"slug":"x","gameId":${digits}}`
    ]
    for (const text of giants) {
      for (const { read } of channels) timed(() => read(Buffer.from(text)), text, 100)
    }
    const many = `[${Array.from({ length: 100_000 }, () => "{\"slug\":\"x\"}").join(",")}]`
    const [sports] = channels.slice(-1)
    timed(() => assert.strictEqual(sports?.read(Buffer.from(many)).messages, 100_000), many, 2_000)
  })
})
