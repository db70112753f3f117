import { journey, look } from "./journey";
import { env } from "./visitor";

/** The number that a cell shows; it may have a true minus. */
function number(text: string): number {
  return Number(text.replace("\u2212", "-").replace(/[^0-9.+-]/g, ""));
}

journey("goes from a card down to a signal that adds up", async (visitor) => {
  const { page } = visitor;
  await page.goto(env("ADDRESS"));
  await page.getByRole("link", { name: /signal of AAPL/ }).click();
  await page.waitForURL(/\/symbols\/AAPL\/signals\//);
  await page.getByRole("heading", { level: 1, name: /AAPL/ }).waitFor();

  const table = page.getByRole("table").filter({ hasText: "momentum" }).first();
  await table.waitFor();
  const rows = await table
    .locator("tbody tr")
    .filter({ has: page.locator("td") })
    .all();
  const adds: number[] = [];
  for (const row of rows) {
    const cells = await row.locator("td").allTextContents();
    const [value, weight, added] = cells.slice(-3).map(number);
    if (value === undefined || weight === undefined || added === undefined) continue;
    // Six decimals are shown, so a product is right to the last of them.
    expect(Math.abs(value * weight - added)).toBeLessThan(1e-6);
    adds.push(added);
  }
  expect(adds.length).toBeGreaterThan(2);
  const foot = await table.locator("tfoot tr").first().locator("td").allTextContents();
  const score = number(foot.at(-1) ?? "");
  expect(adds.reduce((sum, added) => sum + added, 0)).toBeCloseTo(score, 6);
  await page.getByText("equals the stored score").waitFor();
  await look(visitor, "signal");

  // One component, opened to what it was made of.
  await page
    .getByRole("button", { name: /momentum/ })
    .first()
    .click();
  await page.getByRole("region", { name: "How the value is made" }).first().waitFor();
  await look(visitor, "signal-opened");
});
