/**
 * Every setting with its default and unit. Read from the file given with `--config` (YAML or JSON); unknown keys are errors.
 * Secrets do not belong here.
 */
import { Context, Effect, Layer, Schema } from "effect"
import * as Decimal from "./domain/Decimal.ts"
import * as Micro from "./domain/Micro.ts"
import type { Money } from "./domain/Money.ts"
import type { Price } from "./domain/Price.ts"
import { priceSources } from "./domain/PriceSource.ts"
import type { Size } from "./domain/Size.ts"
import { Span } from "./domain/Span.ts"

const withDefault = <S extends Schema.Top>(schema: S, encoded: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(encoded)))

/** How often something is done. */
const Interval = Span.check(Schema.isGreaterThan(0))

/** Room for at least one. */
const Room = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const group = <const F extends Schema.Struct.Fields>(fields: F) => Schema.Struct(fields)

/** Decimal text or a number, read exactly into millionths. */
const Amount = Schema.Union([Schema.String, Schema.Number]).check(
  Schema.makeFilter((value) =>
    Micro.parse(String(value)) >= 0 || `expected a decimal of at most six places, found ${JSON.stringify(value)}`
  )
)

/** An amount of a setting in millionths, whichever way it was written. */
export const micro = (amount: string | number): number => Micro.parse(String(amount))

/** Names whose values never leave, whatever a list says. */
const secretName =
  /^(?:POLYMARKET|CLOB|POLY)_|PRIVATE_?KEY|MNEMONIC|SEED|KEYSTORE|PASSPHRASE|^TELEGRAM_BOT_TOKEN|^(?:CMC_API_KEY|DATABASE_URL|REDIS_URL|POLYGON_RPC_URL)$/i

/** Finds `{{ env.NAME }}`. */
export const headerVariable = /\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}/g

/** A variable of the environment that policies may tell. */
const EnvironmentName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/),
  Schema.makeFilter((name) => !secretName.test(name) || `${name} is a secret of the wallet or of the engine`)
)

/** A variable of the environment that a channel reads. */
const Variable = Schema.String.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/))

/** A variable that may go to Telegram. */
const TokenName = Variable.check(
  Schema.makeFilter((name) =>
    /^TELEGRAM/i.test(name) || !secretName.test(name) || `${name} is a secret of the wallet or of the engine`
  )
)

/** Text in which `{{ env.NAME }}` stands for a variable of the environment. */
const HeaderText = Schema.String.check(
  Schema.isPattern(/^[\x20-\x7e]{0,1024}$/),
  Schema.makeFilter((text) =>
    !/\{\{|\}\}/.test(text.replace(headerVariable, "")) || "expected {{ env.NAME }} and nothing else between braces"
  ),
  Schema.makeFilter((text) =>
    [...text.matchAll(headerVariable)].every(([, name = ""]) => !secretName.test(name)) ||
    "expected no secret of the wallet or of the engine"
  )
)

/** What the engine itself tells a channel, beside what policies do: fills and failures of orders; what risk refuses and policies that are turned off. */
const notices = withDefault(Schema.Array(Schema.Literals(["orders", "risk"])), [])

/** A chat of Telegram: a number, or @name. */
export const ChatName = Schema.String.check(Schema.isPattern(/^(?:-?\d{1,16}|@[A-Za-z]\w{3,31})$/))

/** Where messages go. */
export const ChannelSettings = Schema.Union([
  group({ type: Schema.tag("console"), notices }),
  group({
    type: Schema.tag("telegram"),
    /** The variable of the environment that holds the bot's token. */
    token_env: withDefault(TokenName, "TELEGRAM_BOT_TOKEN"),
    /** A number, negative for groups, or @name of a public channel. */
    chat_id: Schema.Union([Schema.Int, ChatName]),
    /** Where the bot calls; a server of one's own instead of Telegram's, for example. */
    url: Schema.optionalKey(Schema.String),
    notices
  }),
  group({
    type: Schema.tag("webhook"),
    /** Its host counts as listed in webhooks.hosts. */
    url: Schema.String,
    headers: withDefault(Schema.Record(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9-]{1,64}$/)), HeaderText), {}),
    notices
  })
])
export type ChannelSettings = typeof ChannelSettings.Type

/** Everything that can be set. */
export const SettingsFile = Schema.Struct({
  /** 0 to 31: tells engines that write to the same archive apart. */
  instance: withDefault(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31 })), 0),
  markets: withDefault(
    group({
      /** How many markets to follow by 24 h volume when none are named. */
      top: withDefault(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 })), 20),
      /** How often Gamma is asked for the followed markets. */
      refresh: withDefault(Interval, "60s")
    }),
    {}
  ),
  /** Cron expressions by name (UTC), each firing a tick of that name. */
  cron: withDefault(Schema.Record(Schema.String, Schema.String), {}),
  books: withDefault(
    group({
      /** Recompute the venue's hash on every change instead of once a second per asset. */
      verify: withDefault(Schema.Boolean, false)
    }),
    {}
  ),
  queues: withDefault(
    group({
      /** Events that may wait for each consumer. */
      state: withDefault(Room, 65_536),
      policy: withDefault(Room, 16_384),
      paper: withDefault(Room, 16_384),
      archiver: withDefault(Room, 131_072)
    }),
    {}
  ),
  archive: withDefault(
    group({
      /** What is kept of books: every change, or whole books only (what a feed sends by itself, and after trades), or nothing. */
      books: withDefault(Schema.Literals(["full", "snapshots", "none"]), "full"),
      /** Whether a server's TimescaleDB is used: where it is loaded, always (an error without it), or never. */
      timescale: withDefault(Schema.Literals(["auto", "require", "off"]), "auto"),
      /** How long rows are kept; own orders, fills, positions and the audit trail are kept for ever. */
      keep: withDefault(
        group({
          prices: withDefault(Interval, "30d"),
          trades: withDefault(Interval, "365d"),
          books: withDefault(Interval, "7d"),
          /** Descriptions of markets and turns in their lives. */
          markets: withDefault(Interval, "30d"),
          metrics: withDefault(Interval, "365d"),
          /** What feeds could be trusted with. */
          feeds: withDefault(Interval, "90d"),
          /** Minutes; hours and days are kept for ever. Without TimescaleDB minutes are, too. */
          candles: withDefault(Interval, "180d")
        }),
        {}
      )
    }),
    {}
  ),
  jobs: withDefault(
    group({
      /** Every minute: candles. */
      aggregate: withDefault(Schema.Boolean, true),
      /** Every hour: rows that are older than they are kept. */
      cleanup: withDefault(Schema.Boolean, true),
      /** At midnight UTC: positions, open orders, cash and books. */
      dailySnapshot: withDefault(Schema.Boolean, true)
    }),
    {}
  ),
  prices: withDefault(
    group({
      /** Crypto symbols to follow, for example BTC. */
      symbols: withDefault(Schema.Array(Schema.String.check(Schema.isPattern(/^[A-Z0-9]{2,10}$/))), []),
      /** Whose price counts for a symbol where no source is named: the first of these that speaks. The others do not count then. */
      primary: withDefault(
        Schema.Array(Schema.Literals(priceSources)).check(Schema.isMinLength(1), Schema.isUnique()),
        priceSources
      )
    }),
    {}
  ),
  positions: withDefault(
    group({
      /** A wallet whose positions and worth are told as events; absent: nobody's. */
      wallet: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^0x[0-9a-fA-F]{40}$/))),
      /** How often the Data API is asked for them. */
      refresh: withDefault(Interval, "30s")
    }),
    {}
  ),
  account: withDefault(
    group({
      /** Tell own orders at the venue as events; the wallet's key or its API credentials come from the environment. */
      orders: withDefault(Schema.Boolean, false)
    }),
    {}
  ),
  coinmarketcap: withDefault(
    group({
      /** Ask CoinMarketCap for fear and greed, dominance, market value and the symbols; the key is in CMC_API_KEY. */
      enabled: withDefault(Schema.Boolean, false),
      symbols: withDefault(Schema.Array(Schema.String.check(Schema.isPattern(/^[A-Z0-9]{2,10}$/))), []),
      /** A little less than values live, so that what does not change stays known. */
      refresh: withDefault(Interval, "870s"),
      /** Never more than the plan allows. */
      creditsPerDay: withDefault(Room, 300),
      requestsPerMinute: withDefault(Room, 30)
    }),
    {}
  ),
  paper: withDefault(
    group({
      /** pUSD the paper account starts with. */
      cash: withDefault(Amount, "10000"),
      /** From decision to the venue's book. */
      latency: withDefault(Span, "50ms")
    }),
    {}
  ),
  risk: withDefault(
    group({
      /** Most pUSD of one order. */
      maxOrderNotional: withDefault(Amount, "250"),
      /** Most shares held of one asset, open buy orders included. */
      maxPosition: withDefault(Amount, "5000"),
      /** How far beyond the best opposite price an order's price may lie, in pUSD per share. */
      priceCollar: withDefault(Amount, "0.10")
    }),
    {}
  ),
  orders: withDefault(
    group({
      /** How much worse than the best price a market order without a price may be, in pUSD per share; absent: a price is required. */
      defaultSlippage: Schema.optionalKey(Amount),
      /** How long a decision stays good unless its policy says otherwise. */
      validFor: withDefault(Span, "2s")
    }),
    {}
  ),
  /** Where notifications go, by the name policies use; `console` is always there. */
  channels: withDefault(
    Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9_-]{0,63}$/)), ChannelSettings).check(
      Schema.makeFilter(({ console }) =>
        console === undefined || console.type === "console" || "the channel console has the type console"
      )
    ),
    {}
  ),
  webhooks: withDefault(
    group({
      /** Hosts (`name` or `name:port`) that webhooks may call though they are not public, or not with https. */
      hosts: withDefault(Schema.Array(Schema.String.check(Schema.isPattern(/^[^\s/@]{1,255}$/))), [])
    }),
    {}
  ),
  policies: withDefault(
    group({
      /** Put changed policy files in force while the engine runs; SIGHUP does it in any case, but in a terminal. */
      reload: withDefault(Schema.Boolean, true),
      /** Variables of the environment that webhooks may tell as `{{ env.NAME }}`; never those of wallets, keys and servers. */
      env: withDefault(Schema.Array(EnvironmentName), [])
    }),
    {}
  ),
  limits: withDefault(
    group({
      /** Firings a minute after which a policy without cooldown turns itself off. */
      runaway: withDefault(Schema.Int, 10)
    }),
    {}
  )
})

export class Settings extends Context.Service<Settings, typeof SettingsFile.Type>()("polymarket-hft/Settings") {
  /** The defaults. */
  static readonly layerDefault = Layer.effect(Settings, Effect.orDie(Schema.decodeUnknownEffect(SettingsFile)({})))
}

/** Reads settings from a parsed file; the error names every key that does not fit, what was expected and what was found. */
export const decode = Schema.decodeUnknownEffect(SettingsFile, { errors: "all", onExcessProperty: "error" })

/** The limits of risk in the engine's units. */
export const riskLimits = (settings: typeof SettingsFile.Type) => ({
  maxOrderNotional: micro(settings.risk.maxOrderNotional) as Money,
  maxPosition: micro(settings.risk.maxPosition) as Size,
  priceCollar: micro(settings.risk.priceCollar) as Price
})

/** A decimal that a setting holds. */
export const decimalOf = (amount: string | number): Decimal.Decimal => Decimal.fromText(String(amount)) ?? Decimal.zero

/** How long the archive keeps the rows of each table, ms. */
export const keepOf = ({ archive: { keep } }: typeof SettingsFile.Type): ReadonlyMap<string, number> =>
  new Map([
    ["prices", keep.prices],
    ["trades", keep.trades],
    ["book_snapshots", keep.books],
    ["book_deltas", keep.books],
    ["market_history", keep.markets],
    ["market_lifecycle", keep.markets],
    ["metrics", keep.metrics],
    ["feed_status", keep.feeds],
    ["candles_1m", keep.candles]
  ])
