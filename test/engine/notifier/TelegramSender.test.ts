import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { longestText } from "../../../src/client/Telegram.ts"
import { cut, textsOf } from "../../../src/engine/notifier/TelegramSender.ts"

const notification = (text: string, markup?: string) => ({
  channel: "telegram",
  policyId: "p",
  text,
  ...(markup === undefined ? {} : { markup }),
  key: "k",
  time: 0,
  isUrgent: false
})

/** What Telegram reads out of text without tags. */
const read = (markup: string) =>
  markup.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", "\"").replaceAll("&amp;", "&")

describe("TelegramSender", () => {
  it.prop("ACT-1 whatever the texts are, values stand for themselves and the message fits", [
    Schema.NonEmptyArray(Schema.String),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3_000 }))
  ], ([[first, ...rest], leftOut, times]) => {
    const long = (text: string) => notification(text.repeat(times).slice(0, 10_000))
    const { markup, plain } = textsOf({ notifications: [long(first), ...rest.map(long)], leftOut }, 0)
    assert.isAtMost(plain.length, longestText)
    assert.strictEqual(read(markup), plain)
    assert.notMatch(markup, /[<>]/)
    assert.strictEqual(/\d more messages?: too many were waiting$/.test(plain), leftOut > 0)
  })

  it.prop("ACT-1 a text that is cut says so and ends with no half of a character", [Schema.String], ([text]) => {
    const long = `${text}🎲`.repeat(5_000).slice(0, 5_000)
    const short = cut(long.toWellFormed(), longestText)
    assert.isTrue(short.isWellFormed())
    assert.isTrue(short.endsWith(" …"))
    assert.isAtMost(short.length, longestText)
  })

  it("SEC-3 what is no markup stands for itself, beside markup that stays", () => {
    const { markup } = textsOf({
      notifications: [
        notification("BTC < 80K & low", "BTC < 80K &amp; low"),
        notification("<b>\"x\"</b>", "<b>&quot;x&quot;</b>")
      ],
      leftOut: 0
    }, 0)
    assert.strictEqual(markup, "BTC &lt; 80K &amp; low\n\n<b>&quot;x&quot;</b>")
  })

  it("the author's markup stays, values in it do not become any", () => {
    const { markup, plain } = textsOf({
      notifications: [notification("<b>a<b</b>", "<b>a&lt;b</b>"), notification("x & y")],
      leftOut: 0
    }, 0)
    assert.strictEqual(plain, "<b>a<b</b>\n\nx & y")
    assert.strictEqual(markup, "<b>a&lt;b</b>\n\nx &amp; y")
  })
})
