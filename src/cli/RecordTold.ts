/** What is said of a recording when it ends. */
import { Effect } from "effect"

/** Says how much was recorded, and whether anything was lost. */
export const told =
  (folder: string) =>
  ({ files, frames, lost }: { readonly files: number; readonly frames: number; readonly lost: number }) =>
    lost === 0
      ? Effect.logInfo(`recorded ${frames} frames in ${files} files of ${folder}`)
      : Effect.logWarning(
        `recorded ${frames} frames in ${files} files of ${folder}; the disk was too slow for ${lost} more`
      )
