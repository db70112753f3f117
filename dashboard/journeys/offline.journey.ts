import { journey, look } from "./journey";
import { env } from "./visitor";

journey("goes offline and recovers", async (visitor) => {
  const { page, context } = visitor;
  await page.goto(env("ADDRESS"));
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("link", { name: "AAPL", exact: true }).waitFor();

  await context.setOffline(true);
  const banner = page.getByRole("status").filter({ hasText: "Disconnected" });
  await banner.waitFor();
  expect(await banner.textContent()).toMatch(/was live .* ago/);
  // What was shown stays.
  expect(await page.getByRole("link", { name: "AAPL", exact: true }).isVisible()).toBe(true);
  await look(visitor, "offline");

  await context.setOffline(false);
  await banner.waitFor({ state: "detached" });
  await page.getByText("Live", { exact: true }).waitFor();
});
