import { journey, look } from "./journey";
import { env } from "./visitor";

journey("visits for the first time", async (visitor) => {
  const { page } = visitor;
  await page.goto(env("ADDRESS"));
  await page.getByText("SIMULATED").waitFor();
  const cards = page.getByRole("list", { name: "Watchlist" }).getByRole("listitem");
  await cards.first().waitFor();
  const told = await (await page.request.get(`${env("ADDRESS")}/api/v1/overview`)).json();
  expect(await cards.count()).toBe(told.symbols.length);
  await page.getByText("Live", { exact: true }).waitFor();
  await look(visitor, "overview");

  // The URL keeps what is chosen.
  await page.getByLabel("Sorted by").selectOption("score");
  expect(new URL(page.url()).searchParams.get("sort")).toBe("score");
  await page.getByLabel("Symbol, name or tag").fill("KO");
  await expect.poll(() => cards.count()).toBe(1);

  // By the keyboard alone: search a symbol, and go there.
  await page.getByLabel("Symbol, name or tag").blur();
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Symbol, company or page" }).fill("META");
  await look(visitor, "search");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/symbols\/META/);
  await page.getByRole("heading", { level: 1, name: /META/ }).waitFor();

  // Every page of the navigation can be read.
  for (const name of ["News", "Alerts", "Track record", "Operations"]) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.waitForLoadState("networkidle");
    await look(visitor, name.toLowerCase().replace(" ", "-"));
  }
});
