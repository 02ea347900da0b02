import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { escapeHtml } from "../../../src/domain/Html.ts"
import { isTelegramMarkup } from "../../../src/engine/notifier/TelegramMarkup.ts"

const Tags = Schema.Array(Schema.Literals(["b", "i", "tg-spoiler", "code", "a"]))

describe("TelegramMarkup", () => {
  it.prop("ACT-1 tags closed in their order are markup, whatever text is in them; one too few or too many is none", [
    Schema.NonEmptyArray(Schema.Literals(["b", "i", "tg-spoiler", "code"])),
    Tags,
    Schema.String
  ], ([first, second, text]) => {
    const inside = escapeHtml(text)
    const wrap = (tags: ReadonlyArray<string>, inner: string) =>
      tags.reduceRight(
        (sum, name) => `<${name}${name === "a" ? " href=\"https://x.y/?a=1\"" : ""}>${sum}</${name}>`,
        inner
      )
    const whole = `${inside}${wrap(first, `${inside}${wrap(second, inside)}`)}`
    assert.isTrue(isTelegramMarkup(inside))
    assert.isTrue(isTelegramMarkup(whole))
    assert.isFalse(isTelegramMarkup(whole.replace(/<\/[^>]*>$/, "")))
    assert.isFalse(isTelegramMarkup(`${whole}</${first[0]}>`))
    assert.isFalse(isTelegramMarkup(`<${whole}`))
  })

  for (
    const text of [
      "BTC < 80K",
      "a <b",
      "<div>x</div>",
      "<b>x</i>",
      "<b><i>x</b></i>",
      "</b>",
      "<b>",
      "<B>x</B>",
      "<>",
      "<b x=\"<\">y</b>"
    ]
  ) {
    it(`${text} is none`, () => assert.isFalse(isTelegramMarkup(text)))
  }

  for (
    const text of ["", "a > b & c", "<span class=\"tg-spoiler\">x</span>", "<blockquote expandable>x</blockquote>"]
  ) {
    it(`${text} is markup`, () => assert.isTrue(isTelegramMarkup(text)))
  }
})
