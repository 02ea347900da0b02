/** Makes a command of a described call: required parameters are arguments, the others flags, the answer is a table or JSON. */
import { Console, Effect, type FileSystem, Option, type Scope, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import process from "node:process"
import type { Api } from "../client/Api.ts"
import type { Endpoint, Given, Param, Params } from "../client/Endpoint.ts"
import type { Reason } from "../domain/Failure.ts"
import type * as Exit from "./Exit.ts"
import * as Table from "./Table.ts"
import { endpointsFlag, failWith } from "./Venue.ts"

/** A failure of any client. */
export interface ApiError {
  readonly message: string
  readonly reason: Reason
}

/** How a group's client is made: from the file with the venue's addresses, when one is named. */
export type MakeApi = (
  file: string | undefined
) => Effect.Effect<Api<ApiError>, Exit.Failed, FileSystem.FileSystem | Scope.Scope>

type Value = string | number | boolean | ReadonlyArray<string>

const flagName = (name: string): string =>
  name.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const splitList = (text: string): ReadonlyArray<string> =>
  text.split(",").map((one) => one.trim()).filter((one) => one !== "")

const argumentOf = (name: string, param: Param): Argument.Argument<Option.Option<Value>> => {
  switch (param.kind) {
    case "integer":
      return Argument.Int(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((value) => Option.some<Value>(value))
      )
    case "list":
      return Argument.String(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((text) => Option.some<Value>(splitList(text)))
      )
    default:
      return Argument.String(flagName(name)).pipe(
        Argument.withDescription(param.description),
        Argument.map((value) => Option.some<Value>(value))
      )
  }
}

const flagOf = (name: string, param: Param): Flag.Flag<Option.Option<Value>> => {
  switch (param.kind) {
    case "integer":
      return Flag.Int(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
    case "flag":
      return Flag.Boolean(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
    case "list":
      return Flag.String(flagName(name)).pipe(
        Flag.withDescription(`${param.description}, comma separated`),
        Flag.map((text): Value => splitList(text)),
        Flag.optional
      )
    case "text":
      return Flag.String(flagName(name)).pipe(
        Flag.withDescription(param.description),
        Flag.map((value): Value => value),
        Flag.optional
      )
  }
}

/** The words after the group's name that make the example. */
const exampleOf = (
  call: { readonly name: string; readonly params: Params; readonly example: unknown }
): string => {
  const given = call.example as Readonly<Record<string, Value | undefined>>
  const shown = (value: Value) => (typeof value === "object" ? value.join(",") : String(value))
  const words: Array<string> = [call.name]
  for (const [name, param] of Object.entries(call.params)) {
    const value = given[name]
    if (value === undefined) continue
    if (param.required === true) words.push(shown(value))
    else if (param.kind !== "flag") words.push(`--${flagName(name)} ${shown(value)}`)
    else words.push(value === true ? `--${flagName(name)}` : `--no-${flagName(name)}`)
  }
  return words.join(" ")
}

/** A command whose flags nobody else needs to know. */
export type CallCommand = Command.Command<string, never, {}, Exit.Failed, FileSystem.FileSystem>

/** A command with the words that lead to it within its group. */
export interface Placed {
  readonly words: ReadonlyArray<string>
  readonly command: CallCommand
}

/** A member of a group: told the group's name and how its client is made. */
export type Member = (group: string, make: MakeApi) => Placed

/** The arguments and flags of a call's parameters. */
export const parametersOf = (params: Params) =>
  Object.fromEntries(
    Object.entries(params).map((
      [name, param]
    ) => [name, param.required === true ? argumentOf(name, param) : flagOf(name, param)])
  )

/** What was given of them. */
export const valuesOf = <P extends Params>(parameters: Readonly<Record<string, Option.Option<Value>>>): Given<P> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  ) as Given<P>

/** The flag for programs. */
export const jsonFlag = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the answer as JSON"),
  Flag.withDefault(false)
)

/** Prints an answer, for a program or for people. */
export const printAnswer = (json: boolean, answer: unknown, rows?: ReadonlyArray<unknown>): Effect.Effect<void> =>
  Console.log(
    json
      ? JSON.stringify(answer, undefined, process.stdout.isTTY ? 2 : undefined)
      : Table.describe(answer, rows, process.stdout.columns ?? 160)
  )

/** The last word of a call's name, which names its command. */
export const lastWord = (name: string): string => name.split(" ").at(-1) ?? name

/** What help says about a call. */
export const withHelp = (
  group: string,
  call: { readonly name: string; readonly summary: string; readonly params: Params; readonly example: unknown }
) =>
<Name extends string, Input, Context, E, R>(command: Command.Command<Name, Input, Context, E, R>) =>
  command.pipe(
    Command.withShortDescription(call.summary),
    Command.withDescription(`${call.summary}.`),
    Command.withExamples([{ command: `${group} ${exampleOf(call)}`, description: call.summary }])
  )

/** Where a call finds its venue, and for whom it is made; flags of both kinds give it. */
export interface Access {
  readonly endpoints: string | undefined
  /** Place of an account in the file with the addresses, from 0. */
  readonly account?: number | undefined
  readonly signatureType?: number | undefined
  readonly funder?: string | undefined
}

/** Flags that say where the venue is. */
export const publicFlags = { endpoints: endpointsFlag }

/** The command of a call that is asked by `ask`, with flags that give an `Access`. */
export const commandWith = <P extends Params, A, B>(
  call: Endpoint<P, A>,
  options: {
    readonly group: string
    readonly access: Readonly<Record<string, Flag.Flag<unknown>>>
    readonly ask: (
      access: Access,
      given: Given<P>
    ) => Effect.Effect<Stream.Stream<B, ApiError>, Exit.Failed, FileSystem.FileSystem | Scope.Scope>
    readonly rows?: ((answer: B) => ReadonlyArray<unknown>) | undefined
  }
): Placed => {
  const pages = Flag.Int("pages").pipe(Flag.withDescription("How many pages to follow"), Flag.withDefault(1))
  const command = Command.make(
    lastWord(call.name),
    {
      parameters: parametersOf(call.params),
      json: jsonFlag,
      access: options.access,
      ...(call.paging === undefined ? {} : { pages })
    },
    Effect.fn(function*(given) {
      const answers = yield* options.ask(given.access as unknown as Access, valuesOf<P>(given.parameters))
      const count = "pages" in given && typeof given.pages === "number" ? given.pages : 1
      yield* answers.pipe(
        Stream.take(count),
        Stream.runForEach((answer) => printAnswer(given.json, answer, options.rows?.(answer))),
        Effect.catch(failWith)
      )
    }, Effect.scoped)
  ).pipe(withHelp(options.group, call))
  return { words: call.name.split(" "), command }
}

/** The command of a call, for a group and its client. */
export const commandOf = <P extends Params, A>(call: Endpoint<P, A>): Member => (group, make) =>
  commandWith(call, {
    group,
    access: publicFlags,
    ask: (access, given) => Effect.map(make(access.endpoints), (api) => api.pages(call, given)),
    rows: call.paging?.rows
  })

/** A command group of calls; calls with two words in their name make groups of their own. */
export const groupOf = (
  name: string,
  summary: string,
  make: MakeApi,
  calls: ReadonlyArray<Member>
) => {
  const made = calls.map((call) => call(name, make))
  const first = [...new Set(made.map(({ words }) => words[0] ?? ""))]
  const subcommands = first.flatMap((word) => {
    const own = made.filter(({ words }) => words[0] === word)
    const direct = own.filter(({ words }) => words.length === 1).map(({ command }) => command)
    const nested = own.filter(({ words }) => words.length > 1).map(({ command }) => command)
    return nested.length === 0
      ? direct
      : [
        ...direct,
        Command.make(word).pipe(Command.withShortDescription(`${name} ${word}`), Command.withSubcommands(nested))
      ]
  })
  return Command.make(name).pipe(Command.withDescription(summary), Command.withSubcommands(subcommands))
}
