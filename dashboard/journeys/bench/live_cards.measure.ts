/** How long frames take while two hundred cards change at once, on a CPU slowed four times. */

import type { Page, WebSocketRoute } from "playwright-core";
import { openBrowser } from "../visitor";
import { measured, SLOWED } from "./measured";
import { overviewAt } from "./two_hundred";

const UPDATES = 7;
/** Longer than what changed takes to fade, in milliseconds. */
const FADED_MS = 1_500;

interface Frames {
  longest: number;
  tasks: number;
}

/** Begins to watch the frames; what the browser itself calls long are tasks over 50 ms. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frames = { longest: 0, tasks: 0, watches: true };
    Object.assign(globalThis, { frames });
    const tasks = new PerformanceObserver((list) => {
      frames.tasks += list.getEntries().length;
    });
    tasks.observe({ type: "longtask" });
    let before = performance.now();
    const frame = (now: number) => {
      frames.longest = Math.max(frames.longest, now - before);
      before = now;
      if (frames.watches) requestAnimationFrame(frame);
      else tasks.disconnect();
    };
    requestAnimationFrame((now) => {
      before = now;
      requestAnimationFrame(frame);
    });
  });
}

async function seenFrames(page: Page): Promise<Frames> {
  return page.evaluate(() => {
    const { frames } = globalThis as unknown as { frames: Frames & { watches: boolean } };
    frames.watches = false;
    return { longest: frames.longest, tasks: frames.tasks };
  });
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;

test("a live update of two hundred cards", async () => {
  const browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  let tick = 0;
  let stream: WebSocketRoute | undefined;
  await page.route("**/api/v1/overview*", (route) => route.fulfill({ json: overviewAt(tick) }));
  await page.routeWebSocket("**/api/v1/stream*", (socket) => {
    stream = socket;
    const at = new Date().toISOString();
    socket.send(JSON.stringify({ type: "hello", at, cursor: "c0", delayed: false }));
  });
  await page.goto(process.env.ADDRESS ?? "");
  const cards = page.getByRole("list", { name: "Watchlist" }).getByRole("listitem");
  await expect.poll(() => cards.count(), { timeout: 30_000 }).toBe(200);
  await page.waitForLoadState("networkidle");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
  await page.waitForTimeout(2 * FADED_MS);

  // What the machine does to a page that rests, so that a busy machine is seen as one.
  await watchFrames(page);
  await page.waitForTimeout(2 * FADED_MS);
  const rest = await seenFrames(page);

  const seen: Frames[] = [];
  for (tick = 1; tick <= UPDATES; tick += 1) {
    await watchFrames(page);
    stream?.send(
      JSON.stringify({
        type: "event",
        id: `c${tick}`,
        topic: "signals",
        at: new Date().toISOString(),
        payload: { live: true },
      }),
    );
    // Nothing is measured that has not happened: the last card, far below, has changed too.
    const told = overviewAt(tick).symbols.at(-1)?.price.price.toFixed(2) ?? "";
    await page.waitForFunction(
      (price) =>
        document
          .querySelector('main [aria-label="Watchlist"] > :last-child')
          ?.textContent?.includes(price),
      told,
      { polling: 250, timeout: 20_000 },
    );
    await page.waitForTimeout(FADED_MS);
    seen.push(await seenFrames(page));
  }
  await browser.close();
  const longest = seen.map((frames) => frames.longest).sort((a, b) => a - b);
  measured({
    cards: 200,
    longest_frame_ms: rounded(longest.at(-1) ?? 0),
    median_longest_frame_ms: rounded(longest[(UPDATES - 1) / 2] ?? 0),
    long_tasks: seen.reduce((sum, frames) => sum + frames.tasks, 0),
    resting_frame_ms: rounded(rest.longest),
  });
});
