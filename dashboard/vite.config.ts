import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { packed } from "./packed.ts";

// Where `fintech up` serves the API; the dashboard's own server is for its developers alone.
const API = process.env.API_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), packed()],
  resolve: { tsconfigPaths: true },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: API, ws: true }, "/config.json": API, "/readyz": API },
  },
  build: {
    target: "es2023",
    // Names carry a hash of the content, so that they may be kept for a year.
    assetsDir: "assets",
    // Never as data: URLs: the content policy allows no script or font from there.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // What several pages use comes in one file with the first, rather than in twenty small ones.
        codeSplitting: {
          groups: [
            { name: "shared", test: /src\/(api|design|frame|live)\/|lucide/, minShareCount: 2 },
          ],
        },
      },
    },
    manifest: true,
  },
  test: {
    environment: "jsdom",
    globals: true,
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Of a busy machine: it says nothing about what is tested.
    testTimeout: 30_000,
  },
});
