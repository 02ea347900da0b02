/** Runs a test of policies: folds its events through an evaluator that knows nothing yet, and compares the firings. Pure. */
import { Result } from "effect"
import type { Market } from "../../domain/Market.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import type { CompiledPolicy } from "./Compile.ts"
import type { Decision } from "./Decision.ts"
import { Evaluator } from "./Evaluate.ts"
import { differences, type Naming } from "./Expectations.ts"
import type { ExpectedFiring, PolicyTest, WrittenTest } from "./PolicyTest.ts"
import { carriedOut } from "./TestResults.ts"
import { logOf } from "./WrittenEvents.ts"
import * as WrittenMarkets from "./WrittenMarkets.ts"

/** A log to be played, with the markets it speaks of. */
export interface Log {
  readonly markets: ReadonlyArray<Market>
  readonly events: ReadonlyArray<MarketEvent>
  readonly naming: Naming
}

/** How a test went: no lines means that it passed. */
export interface TestOutcome {
  readonly firings: ReadonlyArray<Decision>
  readonly lines: ReadonlyArray<string>
}

/** Runs a test. `policies` are compiled for this run alone: they remember. `runaway` and `primaries` as in the settings. */
export const run = (
  test: PolicyTest,
  policies: ReadonlyArray<CompiledPolicy>,
  options: {
    readonly runaway: number
    readonly primaries?: ReadonlyArray<string>
    readonly recording: (path: string) => Result.Result<Log, string>
  }
): TestOutcome => {
  const { primaries = priceSources } = options
  const log = "events" in test
    ? Result.succeed(logOfTest(test, policies, primaries[0] ?? priceSources[0]))
    : options.recording(test.recording)
  if (Result.isFailure(log)) return { firings: [], lines: [log.failure] }
  const { events, markets, naming } = log.success
  const evaluator = new Evaluator(policies, options.runaway, { primaries, startsEmpty: true })
  for (const market of markets) {
    evaluator.facts.take({
      _tag: "MarketMetadata",
      id: 0 as MarketEvent["id"],
      time: naming.start,
      receivedAt: naming.start,
      source: "gamma",
      market
    })
  }
  const firings: Array<Decision> = []
  const notes: Array<string> = []
  for (const event of events) {
    for (const decision of evaluator.take(event)) firings.push(carriedOut(decision, evaluator.facts))
    for (const { policyId, reason } of evaluator.takeTurnedOff()) notes.push(`note:     ${policyId} ${reason}`)
  }
  const lines = differences(test.expect, firings, naming)
  return { firings, lines: lines.length === 0 ? lines : [...lines, ...notes] }
}

const logOfTest = (test: WrittenTest, policies: ReadonlyArray<CompiledPolicy>, sourceOfSymbols: string): Log => {
  const markets = WrittenMarkets.make(test.events, policies)
  const until = Math.max(0, ...test.expect.map(({ at }: ExpectedFiring) => at ?? 0))
  const events = logOf(test.events, markets, until, sourceOfSymbols)
  return {
    markets: markets.all(),
    events,
    naming: { start: 0, assetOf: markets.assetOf, nameOf: markets.nameOf }
  }
}
