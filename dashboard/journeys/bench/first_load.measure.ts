/** How long the first visit takes until there is something to use, on a CPU slowed four times. */

import { openBrowser } from "../visitor";
import { measured, SLOWED } from "./measured";

const VISITS = 5;
const USABLE = 'main a[href^="/symbols/"]';

test("the first load", async () => {
  const browser = await openBrowser();
  const usable: number[] = [];
  let scriptBytes = 0;
  for (let visit = 0; visit < VISITS; visit += 1) {
    // A context of its own keeps nothing of the visit before.
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
    await page.goto(process.env.ADDRESS ?? "", { waitUntil: "commit" });
    // The clock begins with the navigation; it is read in the frame that first shows a card.
    const at = await page.waitForFunction(
      (shown) => (document.querySelector(shown) ? performance.now() : false),
      USABLE,
      { polling: "raf" },
    );
    usable.push(Number(await at.jsonValue()));
    await page.waitForLoadState("networkidle");
    scriptBytes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map((entry) => entry as PerformanceResourceTiming)
        .filter((entry) => new URL(entry.name).pathname.endsWith(".js"))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    );
    await context.close();
  }
  await browser.close();
  usable.sort((a, b) => a - b);
  measured({ usable_ms: usable[(VISITS - 1) / 2], script_bytes: scriptBytes });
});
