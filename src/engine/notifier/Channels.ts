/** The channels that settings and environment describe, their secrets read. `console` is always one of them. */
import { Config, Effect, Option, Redacted, Result, Schema } from "effect"
import { judge, type Outbound } from "../../client/OutboundUrl.ts"
import * as Telegram from "../../client/Telegram.ts"
import { secret } from "../../client/WalletKey.ts"
import { type ChannelSettings, ChatName, headerVariable, type SettingsFile } from "../../Settings.ts"
import { Pace } from "./Pace.ts"
import type { Sender } from "./Sender.ts"
import * as TelegramSender from "./TelegramSender.ts"
import * as WebhookSender from "./WebhookSender.ts"

/** A channel ready to be used. */
export type Channel =
  | { readonly type: "console" }
  | { readonly type: "telegram"; readonly bot: Telegram.Bot; readonly chatId: string }
  | {
    readonly type: "webhook"
    readonly outbound: Outbound
    readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  }

/** Channels by name. */
export type Channels = ReadonlyMap<string, Channel>

/** A channel that cannot be used as it is described. */
export class ChannelError extends Schema.TaggedError<ChannelError>()("ChannelError", {
  /** The setting. */
  where: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.where}: ${this.detail}`
  }
}

const isChatName = Schema.is(ChatName)

/** Variables that make the channel `telegram` where the settings have none: the bot's token, and the chat. */
export const defaultVariables = { token: "TELEGRAM_BOT_TOKEN", chat: "TELEGRAM_CHAT_ID" } as const

/** What to do about a channel that is not there. */
export const adviceFor = (name: string): string =>
  name === "telegram"
    ? `set ${defaultVariables.token} and ${defaultVariables.chat}, or describe it under channels in the settings`
    : `describe it under channels in the settings`

/** Reads the channels; tokens are taken out of the environment. */
export const read = Effect.fnUntraced(function*(settings: typeof SettingsFile.Type) {
  const channels = new Map<string, Channel>([["console", { type: "console" }]])
  const tokens = new Map<string, Option.Option<Redacted.Redacted>>()
  const fail = (where: string, detail: string) => new ChannelError({ where, detail })
  const tokenOf = Effect.fnUntraced(function*(variable: string) {
    const found = tokens.get(variable) ??
      Option.filter(yield* Effect.orDie(secret(variable)), (token) => Redacted.value(token) !== "")
    tokens.set(variable, found)
    return found
  })

  const telegram = Effect.fnUntraced(function*(
    where: string,
    { chat_id, token_env, url }: Omit<Extract<ChannelSettings, { type: "telegram" }>, "notices" | "type">
  ) {
    if (settings.policies.env.includes(token_env)) {
      return yield* fail(where, `expected a token that policies may not tell, found ${token_env} in policies.env`)
    }
    const token = yield* tokenOf(token_env)
    if (Option.isNone(token)) return yield* fail(where, `expected a bot's token in ${token_env}, found none`)
    const bot = Telegram.botOf(token.value, url)
    if (Result.isFailure(bot)) return yield* fail(where, bot.failure)
    return { type: "telegram" as const, bot: bot.success, chatId: String(chat_id) }
  })

  const webhook = Effect.fnUntraced(function*(
    where: string,
    { headers, url }: Extract<ChannelSettings, { type: "webhook" }>
  ) {
    const outbound = judge(url, URL.canParse(url) ? [new URL(url).hostname] : [])
    if (Result.isFailure(outbound)) return yield* fail(`${where}.url`, outbound.failure)
    const filled: Record<string, string> = {}
    for (const [name, text] of Object.entries(headers)) {
      const values = new Map<string, string>()
      for (const [, variable = ""] of text.matchAll(headerVariable)) {
        const value = yield* Effect.orDie(Config.option(Config.Redacted(variable)))
        if (Option.isNone(value)) return yield* fail(`${where}.headers.${name}`, `${variable} is not set`)
        const told = Redacted.value(value.value)
        if (!/^[\x20-\x7e]*$/.test(told)) {
          return yield* fail(`${where}.headers.${name}`, `expected printable ASCII in ${variable}`)
        }
        values.set(variable, told)
      }
      filled[name.toLowerCase()] = text.replace(headerVariable, (_, variable: string) => values.get(variable) ?? "")
    }
    return { type: "webhook" as const, outbound: outbound.success, headers: Redacted.make(filled) }
  })

  for (const [name, channel] of Object.entries(settings.channels)) {
    const where = `channels.${name}`
    channels.set(
      name,
      channel.type === "telegram"
        ? yield* telegram(where, channel)
        : channel.type === "webhook"
        ? yield* webhook(where, channel)
        : { type: "console" }
    )
  }
  const chat = yield* Effect.orDie(Config.option(Config.String(defaultVariables.chat)))
  if (!channels.has("telegram") && Option.isSome(chat) && chat.value !== "") {
    const token = yield* tokenOf(defaultVariables.token)
    if (Option.isSome(token)) {
      if (!isChatName(chat.value)) return yield* fail(defaultVariables.chat, "expected a number or @name of a chat")
      const described = { chat_id: chat.value, token_env: defaultVariables.token }
      channels.set("telegram", yield* telegram(defaultVariables.chat, described))
    }
  }
  return channels as Channels
})

/** What sends to the channels that are not printed. */
export const senders = (channels: Channels): ReadonlyMap<string, Sender> => {
  const pace = new Pace()
  const found = new Map<string, Sender>()
  for (const [name, channel] of channels) {
    if (channel.type === "telegram") found.set(name, TelegramSender.make(channel.bot, channel.chatId, pace))
    else if (channel.type === "webhook") {
      found.set(name, WebhookSender.make(channel.outbound, Redacted.value(channel.headers)))
    }
  }
  return found
}
