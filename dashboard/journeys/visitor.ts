/** Somebody who looks at the dashboard, in a real Chromium; on a phone or not, light or dark. */

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults, RunOptions } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PICTURES = env("PICTURES");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const ARGUMENTS = [
  // As root, Chromium has no sandbox; the pages are our own.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What whoever starts the journeys must tell. */
export function env(name: string): string {
  const told = process.env[name];
  if (!told) throw new Error(`${name} is not set; the journeys are started by tests/browser.`);
  return told;
}

export interface Look {
  name: string;
  width: number;
  height: number;
  colorScheme: "light" | "dark";
}

/** Each journey is made in all of them. */
export const LOOKS: readonly Look[] = [
  { name: "desktop-dark", width: 1440, height: 900, colorScheme: "dark" },
  { name: "desktop-light", width: 1440, height: 900, colorScheme: "light" },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: env("CHROMIUM"), args: ARGUMENTS });
}

/** A page, and what went wrong on it. */
export class Visitor {
  /** What the page complained of: failures of scripts, violations of the content policy. */
  readonly complaints: string[] = [];

  private constructor(
    readonly look: Look,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (said) => {
      // An answer of 4xx or a lost connection is told by the page itself.
      const failed = said.text().startsWith("Failed to load resource");
      const lost =
        said.text().includes("net::ERR_") || said.text().includes("WebSocket connection");
      if (said.type() === "error" && !failed && !lost) this.complaints.push(said.text());
    });
  }

  static async come(browser: Browser, look: Look): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      colorScheme: look.colorScheme,
      hasTouch: look.name.startsWith("phone"),
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
    });
    context.setDefaultTimeout(20_000);
    return new Visitor(look, context, await context.newPage());
  }

  /** Nothing on the page may be a serious barrier; see the axe rules by their names. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const options: RunOptions = { resultTypes: ["violations"] };
    const told = await this.page.evaluate(
      (chosen) =>
        (globalThis as unknown as { axe: { run: (o: unknown) => Promise<AxeResults> } }).axe.run(
          chosen,
        ),
      options,
    );
    return told.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(" | ")}`);
  }

  /** Keeps what is on the screen. */
  async picture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}-${this.look.name}.png`) });
  }

  /** How far the page is wider than the screen, in pixels. */
  overflow(): Promise<number> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}
