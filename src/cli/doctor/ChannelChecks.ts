/** Whether the channels that the settings and the environment describe can be written to. Writes nothing. */
import { Effect } from "effect"
import * as Telegram from "../../client/Telegram.ts"
import * as Channels from "../../engine/notifier/Channels.ts"
import { readSettings } from "../SettingsFile.ts"
import { type Finding, finding } from "./Finding.ts"

const ofTelegram = (
  name: string,
  { bot, chatId }: Extract<Channels.Channel, { type: "telegram" }>
): Effect.Effect<Finding> =>
  Effect.gen(function*() {
    const user = yield* Telegram.userName(bot)
    const seen = yield* Effect.result(Telegram.findChat(bot, chatId))
    return seen._tag === "Success"
      ? finding(name, "ok", `bot @${user} sees chat ${chatId}`)
      : finding(
        name,
        seen.failure._tag === "Rejected" ? "problem" : "unknown",
        `bot @${user} does not see chat ${chatId}: ${seen.failure.message}`,
        "write to the bot first, or add it to the group; in a channel it has to be an administrator"
      )
  }).pipe(
    Effect.catch((reason) =>
      Effect.succeed(
        reason._tag === "Unauthorized"
          ? finding(name, "problem", reason.message, "ask @BotFather for the bot's token")
          : finding(name, "unknown", reason.message)
      )
    )
  )

/** Looks at them; `config` is a settings file. */
export const channels = Effect.fnUntraced(function*(config: string | undefined) {
  const settings = yield* readSettings(config)
  const read = yield* Effect.result(Channels.read(settings))
  if (read._tag === "Failure") return [finding("channels", "problem", read.failure.message)]
  return yield* Effect.forEach(
    [...read.success].flatMap(([name, channel]) => channel.type === "console" ? [] : [[name, channel] as const]),
    ([name, channel]) =>
      channel.type === "telegram"
        ? ofTelegram(`channel ${name}`, channel)
        : Effect.succeed(finding(`channel ${name}`, "unknown", "not called, since that would be a message"))
  )
})
