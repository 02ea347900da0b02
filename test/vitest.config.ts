import { defineConfig } from "vitest/config"

const shared = { setupFiles: ["test/setup.ts"], pool: "forks" as const }

export default defineConfig({
  test: {
    reporters: ["default", "./test/CountReporter.ts"],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: "unit",
          // Some talk over real sockets, on machines that are busy with other things.
          testTimeout: 20_000,
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts", "test/e2e/**", "test/faults/**"]
        }
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "integration",
          include: ["test/**/*.integration.test.ts", "test/e2e/**/*.test.ts"],
          hookTimeout: 60_000,
          testTimeout: 120_000
        }
      }
    ]
  }
})
