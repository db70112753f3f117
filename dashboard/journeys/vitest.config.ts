import { defineConfig } from "vitest/config";

// What people do, in a real Chromium against a real server; tests/browser starts both.
export default defineConfig({
  test: {
    include: ["journeys/*.journey.ts"],
    environment: "node",
    globals: true,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});
