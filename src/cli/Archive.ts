/** `archive`: what the archive holds, as tables, CSV, JSON, a chart or files. */
import { Command } from "effect/cli"
import { actions, gaps, jobs, size } from "./archive/EngineCommands.ts"
import { exportCommand } from "./archive/ExportCommand.ts"
import { book, candles, prices, trades } from "./archive/MarketCommands.ts"

/** What the archive holds. */
export const archiveCommand = Command.make("archive").pipe(
  Command.withDescription(
    "Looks into the archive: candles, trades, prices, books as they were, the audit trail, gaps, sizes, exports."
  ),
  Command.withSubcommands([candles, trades, prices, book, actions, gaps, size, jobs, exportCommand])
)
