import { journey, look } from "./journey";
import { env } from "./visitor";

journey("goes back to a past slot and comes back", async (visitor) => {
  const { page } = visitor;
  await page.goto(env("ADDRESS"));
  await page.getByText("AAPL").first().waitFor();

  await page.getByRole("button", { name: "Time machine", exact: true }).click();
  const slider = page.getByRole("slider");
  await slider.focus();
  for (let n = 0; n < 3; n += 1) await page.keyboard.press("ArrowLeft");
  // The address follows the slider when it rests.
  const machine = page.getByRole("region", { name: "Time machine" });
  const told = await machine.getByRole("time").first().getAttribute("datetime");
  expect(told).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:(00|30):00Z$/);
  const there = told?.replace(":00Z", "Z");
  await page.waitForURL((url) => url.searchParams.get("at") === there);
  await page.getByText("Past", { exact: true }).waitFor();
  await look(visitor, "time-machine");

  // Everywhere one goes, it is the same slot.
  await page.getByRole("link", { name: /AAPL/ }).first().click();
  await page.waitForURL(/\/symbols\/AAPL/);
  expect(new URL(page.url()).searchParams.get("at")).toBe(there);
  await page.getByRole("heading", { level: 1, name: /AAPL/ }).waitFor();
  await look(visitor, "time-machine-symbol");

  // A link that somebody sends shows the same.
  await page.reload();
  await page.getByText("Past", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Back to now" }).click();
  await page.waitForURL((url) => !url.searchParams.has("at"));
  // In the frame: on the symbol page, outcomes are live or backfilled, too.
  await page.getByRole("banner").getByText("Live", { exact: true }).waitFor();
});
