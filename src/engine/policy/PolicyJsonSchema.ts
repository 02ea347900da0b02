/** The JSON Schema of policy files, for editors: made from the Schema that validates them, with a sentence for every key. */
import { Schema } from "effect"
import { fields } from "./Fields.ts"
import { knownChannels, PolicyFile } from "./Policy.ts"

/** What editors say of a key, wherever it stands; `object.key` where one key means several things. */
const descriptions: Readonly<Record<string, string>> = {
  $schema: "Where editors find this schema.",
  policies: "The rules of this file.",
  id: "Names the policy: a-z, 0-9, _ and -, unique over all files.",
  name: "What people read; the id unless given.",
  enabled: "false: loaded and never fired. Default true.",
  priority: "Higher fires first among the firings of one event; default 0.",
  cooldown: "Least time between two firings, such as 500ms, 30s, 5m, 1h or 1d.",
  cooldown_per: "What the cooldown counts for: the policy (default), each asset or each market.",
  conditions: "When it fires.",
  for: "How long the conditions must hold without a break; it fires once per unbroken hold.",
  rearm: "A condition that must have been true since the last firing.",
  on_stale: "hold (default): stale data are unknown. ignore: the last value counts. fire: staleness itself is true.",
  limits: "Most firings, orders or money in a stretch of time; reaching one turns the policy off until it has passed.",
  firings: "Such as \"20 per 1d\".",
  orders: "Such as \"5 per 1h\".",
  notional: "pUSD of the orders it wants, such as \"500 per 1d\".",
  actions: "What it does, one after another.",
  all: "True when every one is true.",
  any: "True when one is true.",
  not: "True when it is false.",
  expression: "A comparison, such as ask('slug:Yes') + ask('slug:No') < 0.98.",
  max_age: "No value that is looked at may be older; default 15m.",
  field: "What is compared: a field of an asset, a metric, tick, or cron:<name>.",
  operator: "How it is compared; crossings and changes are true only on the event of the change.",
  value: "A number or text to compare with, or one {{ expression }}.",
  asset: "A token id in quotes, slug:Outcome, a symbol such as BTC, or series:<name>:Outcome.",
  market: "Slug or condition id of a market.",
  outcome: "Name of an outcome, such as Yes.",
  source: "Whose values count; without it the primary's.",
  window: "A stretch of event time whose values are put together.",
  duration: "Length of the window: (now - duration, now].",
  aggregation: "How the values of the window become one.",
  min_samples: "Fewer values than these are unknown.",
  type: "Kind of action.",
  channel: "Where the message goes: console, or a name under channels in the settings.",
  template: "Text with {{ expression | filter }}.",
  on_failure: "stop (default): the actions after it do not run. continue: they do.",
  operation: "What to do with orders.",
  order: "What to order.",
  side: "buy or sell.",
  "order.type": "limit, or market with a worst price.",
  price: "pUSD per share; of a market order the worst price allowed.",
  size: "Shares.",
  amount: "pUSD to spend; market buys only.",
  close: "all, or a share of the position such as 50%.",
  time_in_force: "GTC and GTD rest, FOK and FAK do not.",
  expires: "With GTD: how long it rests; at least 2m.",
  post_only: "Refused instead of matched at once.",
  round: "passive (default): never worse than written. nearest: the nearest tick.",
  valid_for: "Not sent by then: dropped.",
  policy: "this: only orders of this policy.",
  "expect.policy": "Id of the policy that fires.",
  order_id: "The venue's id of one order.",
  url: "https at a public host, or one of the setting webhooks.hosts; the host is written out.",
  method: "Default POST.",
  headers: "Texts by name of the header; {{ env.NAME }} for names of the setting policies.env.",
  body: "Text, or JSON with templates in its texts.",
  webhook: "What is called; * stands for any text, <redacted> for values of the environment.",
  tests: "What happens, and the complete list of firings that follow.",
  events: "What happens, in the order of time; one-second ticks run between.",
  recording: "A recording of the market channel, relative to this file.",
  expect: "Every firing there is.",
  notification: "Text of a notification; * stands for any text.",
  count: "So many firings.",
  at: "After the start, such as 0s, 90s or 1m.",
  bid: "Best bid.",
  ask: "Best ask.",
  volume: "Volume as the source tells it.",
  volume_24h: "Volume of the last 24 hours.",
  bid_size: "Shares at the best bid.",
  ask_size: "Shares at the best ask.",
  trade: "Somebody's trade; side is the taker's.",
  metric: "Name of a metric, such as fear_greed.",
  "events.value": "Value of the metric.",
  feed: "What the feed can be trusted with from here on.",
  venue_mode: "What the venue takes from here on.",
  position: "What the wallet holds.",
  avg_price: "pUSD paid per share on average.",
  realized_pnl: "pUSD won or lost.",
  unrealized_pnl: "pUSD that would be won or lost now.",
  order_status: "What became of an own order.",
  status: "Of the market.",
  tick_size: "The market's tick from here on.",
  liquidity: "Of the market, pUSD.",
  time_to_end: "How long the market goes on.",
  cron: "The cron job of that name is due."
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** A schema as editors like it: constants for single choices, sentences for keys, hints for fields; `key` names what the value stands under. */
const refine = (value: unknown, key: string): unknown => {
  if (Array.isArray(value)) return value.map((one) => refine(one, key))
  if (!isObject(value)) return value
  const { properties, ...rest } = value
  const refined: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(rest)) {
    if (name === "enum" && Array.isArray(inner) && inner.length === 1) refined["const"] = inner[0]
    else if (name !== "minimum" && name !== "maximum") refined[name] = refine(inner, key)
    else if (Math.abs(Number(inner)) !== Number.MAX_SAFE_INTEGER) refined[name] = inner
  }
  if (!isObject(properties)) return refined
  refined["properties"] = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => {
      const description = descriptions[`${key}.${name}`] ?? descriptions[name]
      const schema = refine(inner, name) as Json
      const hints = name === "field" ? fields : name === "channel" ? knownChannels : undefined
      const hinted = hints === undefined ? schema : { anyOf: [{ enum: hints }, schema] }
      return [name, description === undefined ? hinted : { description, ...hinted }]
    })
  )
  return refined
}

/** The JSON Schema of a policy file, draft 2020-12. */
export const policyJsonSchema = (): Json => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(PolicyFile, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Trading policies",
    ...refine(schema, "") as Json,
    $defs: refine(definitions, "")
  }
}

/** The text of `policies/schema.json`. */
export const policyJsonSchemaText = (): string => `${JSON.stringify(policyJsonSchema(), null, 2)}\n`
