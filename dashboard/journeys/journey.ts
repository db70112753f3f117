/** A journey in every look; whoever makes it leaves no complaint behind. */

import type { Browser } from "playwright-core";
import { LOOKS, openBrowser, Visitor } from "./visitor";

/**
 * Runs it once a look, all at once; each with a visitor who has never been there.
 *
 * Where a journey waits for the watch's next look at itself, all of them wait for the same one.
 */
export function journey(name: string, make: (visitor: Visitor) => Promise<void>): void {
  describe.concurrent(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser.close();
    });
    test.each(LOOKS)("$name", async (look) => {
      const visitor = await Visitor.come(browser, look);
      try {
        await make(visitor);
        expect(visitor.complaints).toEqual([]);
      } catch (error) {
        await visitor.picture(`failed-${name.replaceAll(" ", "-")}`);
        throw error;
      } finally {
        await visitor.leave();
      }
    });
  });
}

/** A place worth looking at: no barrier, nothing wider than the screen, and a picture of it. */
export async function look(visitor: Visitor, name: string): Promise<void> {
  expect(await visitor.barriers()).toEqual([]);
  expect(await visitor.overflow()).toBe(0);
  await visitor.picture(name);
}
