import { defineConfig } from "vitest/config";

// Measurements in a real Chromium; `make bench` starts them.
export default defineConfig({
  test: {
    include: ["journeys/bench/*.measure.ts"],
    environment: "node",
    globals: true,
    fileParallelism: false,
    testTimeout: 180_000,
    disableConsoleIntercept: true,
  },
});
