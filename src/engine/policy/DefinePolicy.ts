/**
 * Policies written in TypeScript: the same keys and the same meaning as in files, checked by the editor. They become a source like a file, so that they
 * are compiled together with files: ids are unique over both, and what is wrong is said with its place in the text they stand for.
 */
import type { Policy } from "./Policy.ts"
import type { Source } from "./PolicyText.ts"

/** A policy as it stands in a file. */
export type WrittenPolicy = typeof Policy.Encoded

/** A policy; what its types do not say (names, expressions, templates) is checked when it is compiled. */
export const definePolicy = (policy: WrittenPolicy): WrittenPolicy => policy

/** Policies as a source for `PolicyFiles.compileAll`; `name` stands for the file in what is said of errors. */
export const sourceOf = (name: string, policies: ReadonlyArray<WrittenPolicy>): Source => ({
  file: name,
  text: JSON.stringify({ policies }, null, 2)
})
