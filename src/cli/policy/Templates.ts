/** Policies to begin with: commented files, each with a test that passes. */

/** A kind of policy and how its file begins. */
interface Template {
  readonly summary: string
  readonly text: string
}

const market = "will-it-happen"

/** The kinds of `policy new`. */
export const templates = {
  "price-alert": {
    summary: "tell when a price crosses a threshold",
    text:
      `# Tells when Bitcoin falls below 80,000, at most once an hour. Trades nothing. Needs prices.symbols: [BTC] in the settings.
policies:
  - id: my_price_alert
    name: "BTC below $80K"
    cooldown: 1h # least time between two messages
    conditions: { field: price, operator: crosses_below, value: 80000, asset: BTC }
    actions:
      - type: notification
        channel: console
        template: "{{ policy.name }}: {{ event.price | usd }}"
tests:
  - name: tells once per dip
    events:
      - { at: 0s, asset: BTC, price: 81000 }
      - { at: 1m, asset: BTC, price: 79950 }
      - { at: 2m, asset: BTC, price: 79900 }
    expect:
      - { at: 1m, policy: my_price_alert, notification: "BTC below $80K: $79,950.00" }
  - name: a price that was below from the start only arms it
    events:
      - { at: 0s, asset: BTC, price: 79000 }
      - { at: 1m, asset: BTC, price: 78000 }
    expect: []
`
  },
  "dip-buy": {
    summary: "buy once when an outcome becomes cheap",
    text:
      `# Buys 20 shares of an outcome when its ask falls to 40 cents or less, at most once a day and three times a week.
policies:
  - id: my_dip_buy
    name: "Buy the dip"
    cooldown: 1d
    limits: { orders: 3 per 7d, notional: 50 per 7d } # pUSD
    conditions: { field: ask, operator: "<=", value: 0.40, asset: "${market}:Yes" }
    actions:
      - { type: notification, channel: console, template: "{{ policy.name }}: {{ event.ask }} ({{ event.market }})" }
      - type: order
        operation: place
        order:
          asset: "{{ event.asset }}"
          side: buy
          type: limit
          price: "{{ event.ask }}"
          size: 20
          time_in_force: GTC
          valid_for: 2s # not sent by then: dropped
tests:
  - name: buys at the ask, once
    events:
      - { at: 0s, asset: "${market}:Yes", bid: 0.44, ask: 0.46 }
      - { at: 5s, asset: "${market}:Yes", bid: 0.38, ask: 0.40 }
      - { at: 9s, asset: "${market}:Yes", bid: 0.37, ask: 0.39 }
    expect:
      - { at: 5s, policy: my_dip_buy, notification: "Buy the dip: 0.4 *", order: { side: buy, price: 0.40, size: 20 } }
  - name: not above 40 cents
    events: [{ at: 0s, asset: "${market}:Yes", bid: 0.40, ask: 0.41 }]
    expect: []
`
  },
  "take-profit": {
    summary: "sell a position at a profit, or before the loss grows",
    text:
      `# Sells the whole position in any outcome once its best bid stands 10 % above what was paid, or 20 % below it.
policies:
  - id: my_take_profit
    name: "Take profit"
    cooldown: 10s
    cooldown_per: asset
    conditions:
      all:
        - { field: position, operator: ">", value: 0 }
        - { field: bid, operator: ">=", value: "{{ position.avg_price * 1.10 }}" }
    actions:
      - type: order
        operation: place
        order: { asset: "{{ event.asset }}", side: sell, type: market, price: "{{ event.bid * 0.95 }}", close: all }
  - id: my_stop_loss
    name: "Stop loss"
    cooldown: 10s
    cooldown_per: asset
    conditions:
      all:
        - { field: position, operator: ">", value: 0 }
        - { field: bid, operator: "<=", value: "{{ position.avg_price * 0.80 }}" }
    actions:
      - type: order
        operation: place
        order: { asset: "{{ event.asset }}", side: sell, type: market, price: "{{ event.bid * 0.90 }}", close: all }
tests:
  - name: sells at a profit
    events:
      - { at: 0s, asset: "${market}:Yes", position: { size: 50, avg_price: 0.40 } }
      - { at: 1s, asset: "${market}:Yes", bid: 0.42, ask: 0.43 }
      - { at: 2s, asset: "${market}:Yes", bid: 0.45, ask: 0.46 }
    expect:
      - { at: 2s, policy: my_take_profit, order: { side: sell, price: 0.43, size: 50 } }
  - name: sells before the loss grows
    events:
      - { at: 0s, asset: "${market}:Yes", position: { size: 50, avg_price: 0.40 } }
      - { at: 1s, asset: "${market}:Yes", bid: 0.30, ask: 0.33 }
    expect:
      - { at: 1s, policy: my_stop_loss, order: { side: sell, price: 0.27, size: 50 } }
  - name: keeps what stands in between
    events:
      - { at: 0s, asset: "${market}:Yes", position: { size: 50, avg_price: 0.40 } }
      - { at: 1s, asset: "${market}:Yes", bid: 0.36, ask: 0.38 }
    expect: []
`
  },
  volatility: {
    summary: "tell when a price moves much within minutes",
    text:
      `# Tells when Bitcoin moves more than 2 % within five minutes, at most every ten minutes. Needs prices.symbols: [BTC] in the settings.
policies:
  - id: my_volatility
    name: "BTC moves"
    cooldown: 10m
    conditions:
      any:
        - { field: price, operator: ">", value: 2, asset: BTC, window: { duration: 5m, aggregation: change_pct } }
        - { field: price, operator: "<", value: -2, asset: BTC, window: { duration: 5m, aggregation: change_pct } }
    actions:
      - { type: notification, channel: console, template: "{{ policy.name }}: {{ price('BTC') | usd }}" }
tests:
  - name: tells of a fall, not of a drift
    events:
      - { at: 0s, asset: BTC, price: 80000 }
      - { at: 4m, asset: BTC, price: 79000 }
      - { at: 10m, asset: BTC, price: 78000 }
      - { at: 12m, asset: BTC, price: 76000 }
    expect:
      - { at: 12m, policy: my_volatility, notification: "BTC moves: $76,000.00" }
  - name: a slow fall is none
    events:
      - { at: 0s, asset: BTC, price: 80000 }
      - { at: 6m, asset: BTC, price: 78000 }
      - { at: 12m, asset: BTC, price: 76000 }
    expect: []
`
  },
  arbitrage: {
    summary: "buy YES and NO when both together cost less than one",
    text: `# Buys both outcomes when together they cost less than 98 cents, which one of them will pay back as a whole.
# The second order goes out only when the first was accepted; fees are not counted: mind the market's schedule.
policies:
  - id: my_arbitrage
    name: "Both sides"
    cooldown: 1m
    limits: { notional: 200 per 1d }
    conditions: { expression: "ask('${market}:Yes') + ask('${market}:No') < 0.98" }
    actions:
      - type: order
        operation: place
        order:
          asset: "${market}:Yes"
          side: buy
          type: limit
          price: "{{ ask('${market}:Yes') }}"
          size: 10
          time_in_force: FOK # all of it or nothing
      - type: order
        operation: place
        order:
          asset: "${market}:No"
          side: buy
          type: limit
          price: "{{ ask('${market}:No') }}"
          size: 10
          time_in_force: FOK
tests:
  - name: buys when the sum is small
    events:
      - { at: 0s, asset: "${market}:Yes", bid: 0.54, ask: 0.55 }
      - { at: 1s, asset: "${market}:No", bid: 0.43, ask: 0.45 }
      - { at: 2s, asset: "${market}:No", bid: 0.40, ask: 0.41 }
    expect:
      - { at: 2s, policy: my_arbitrage, order: { asset: "${market}:No", price: 0.41, size: 10 } }
  - name: not while one side is unknown
    events: [{ at: 0s, asset: "${market}:Yes", bid: 0.10, ask: 0.12 }]
    expect: []
`
  },
  "fear-greed": {
    summary: "tell when the mood of the market turns extreme",
    text:
      `# Tells when the fear and greed index falls below 20, and again only after it stood above 30. Needs coinmarketcap.enabled in the settings.
policies:
  - id: my_fear
    name: "Extreme fear"
    cooldown: 1h
    conditions: { field: fear_greed, operator: "<", value: 20 }
    rearm: { field: fear_greed, operator: ">", value: 30 }
    actions:
      - { type: notification, channel: console, template: "{{ policy.name }}: {{ fear_greed() }}" }
tests:
  - name: tells once until the mood is better
    events:
      - { at: 0s, metric: fear_greed, value: 25 }
      - { at: 1h, metric: fear_greed, value: 15 }
      - { at: 3h, metric: fear_greed, value: 12 }
      - { at: 5h, metric: fear_greed, value: 35 }
      - { at: 7h, metric: fear_greed, value: 18 }
    expect:
      - { at: 1h, policy: my_fear, notification: "Extreme fear: 15" }
      - { at: 7h, policy: my_fear, notification: "Extreme fear: 18" }
  - name: not at 20
    events: [{ at: 0s, metric: fear_greed, value: 20 }]
    expect: []
`
  },
  "time-of-day": {
    summary: "do something at a time of the day",
    text: `# Tells the price of Bitcoin every morning. The settings name the time (UTC) and the symbol:
#   cron: { morning: "0 9 * * *" }
#   prices: { symbols: [BTC] }
policies:
  - id: my_morning
    name: "Good morning"
    conditions: { field: "cron:morning" }
    cooldown: 1h
    actions:
      - { type: notification, channel: console, template: "{{ policy.name }}: BTC {{ price('BTC') | usd }}" }
tests:
  - name: tells when the time has come
    events:
      - { at: 0s, asset: BTC, price: 80000 }
      - { at: 5s, cron: morning }
    expect:
      - { at: 5s, policy: my_morning, notification: "Good morning: BTC $80,000.00" }
  - name: not at another time
    events: [{ at: 0s, asset: BTC, price: 80000 }, { at: 5s, cron: evening }]
    expect: []
`
  },
  series: {
    summary: "trade the current market of a five-minute series",
    text:
      `# Buys Up in the current five-minute Bitcoin market when it is cheap in the last two minutes; once per market.
# Run with --markets series:btc-updown-5m, or let the policy name it.
policies:
  - id: my_last_minutes
    name: "Cheap at the end"
    cooldown: 5m
    cooldown_per: market
    limits: { notional: 100 per 1d }
    conditions:
      all:
        - { field: ask, operator: "<=", value: 0.20, asset: "series:btc-updown-5m:Up" }
        - { field: time_to_end, operator: "<", value: 120, asset: "series:btc-updown-5m:Up" } # seconds
    actions:
      - type: order
        operation: place
        order:
          asset: "series:btc-updown-5m:Up"
          side: buy
          type: limit
          price: "{{ ask('series:btc-updown-5m:Up') }}"
          size: 10
          time_in_force: FAK
tests:
  - name: buys in the last two minutes only
    events:
      - { at: 1m, asset: "series:btc-updown-5m:Up", bid: 0.17, ask: 0.19 }
      - { at: 4m, asset: "series:btc-updown-5m:Up", bid: 0.16, ask: 0.18 }
      - { at: 6m, asset: "series:btc-updown-5m:Up", bid: 0.16, ask: 0.18 }
    expect:
      - { policy: my_last_minutes, order: { side: buy, size: 10 } }
  - name: not when it is dear
    events: [{ at: 4m, asset: "series:btc-updown-5m:Up", bid: 0.47, ask: 0.49 }]
    expect: []
`
  }
} as const satisfies Readonly<Record<string, Template>>

/** A kind of policy. */
export type Kind = keyof typeof templates

/** All kinds, in the order of help. */
export const kinds = Object.keys(templates) as [Kind, ...Array<Kind>]

/** The text of a new file. */
export const fileOf = (kind: Kind): string => `# yaml-language-server: $schema=schema.json\n${templates[kind].text}`
