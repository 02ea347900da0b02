/** Candles drawn with text: a column each, body and wick, prices on the left. Pure; doubles are good enough to draw. */
import type { Candle } from "../../engine/Queries.ts"

const height = 16

/** Draws as many of the newest candles as fit; "" without any. */
export const chart = (candles: ReadonlyArray<Candle>, width: number): string => {
  const labels = 9
  const shown = candles.slice(-Math.max(1, width - labels - 1))
  if (shown.length === 0) return ""
  const high = Math.max(...shown.map((candle) => Number(candle.high)))
  const low = Math.min(...shown.map((candle) => Number(candle.low)))
  const step = (high - low) / (height - 1) || 1
  const rowOf = (price: string) => Math.round((high - Number(price)) / step)
  const lines: Array<string> = []
  for (let row = 0; row < height; row++) {
    const price = (high - row * step).toFixed(4)
    const cells = shown.map((candle) => {
      const top = Math.min(rowOf(candle.open), rowOf(candle.close))
      const bottom = Math.max(rowOf(candle.open), rowOf(candle.close))
      if (row >= top && row <= bottom) return Number(candle.close) >= Number(candle.open) ? "█" : "░"
      return row >= rowOf(candle.high) && row <= rowOf(candle.low) ? "│" : " "
    })
    lines.push(`${price.padStart(labels)} ${cells.join("")}`.trimEnd())
  }
  const first = new Date((shown[0] as Candle).time).toISOString().slice(0, 16)
  const last = new Date((shown.at(-1) as Candle).time).toISOString().slice(0, 16)
  lines.push(`${" ".repeat(labels + 1)}${first} to ${last} UTC; █ up, ░ down`)
  return lines.join("\n")
}
