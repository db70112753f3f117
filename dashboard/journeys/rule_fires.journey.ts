import { journey, look } from "./journey";
import { env } from "./visitor";

journey("makes a rule and sees it fire", async (visitor) => {
  const { page } = visitor;
  const name = `late-${visitor.look.name}`;
  await page.goto(`${env("ADDRESS")}/alerts/rules/new`);

  // On history first: a rule about prices says how often it would have fired.
  await page.getByLabel("Name").fill(name);
  const threshold = page.getByLabel(/^Threshold/);
  await threshold.fill("1");
  await page.getByRole("checkbox", { name: "you by every way" }).check();
  await page.getByText("would have fired").first().waitFor();
  await look(visitor, "rule");

  // What is wrong stands beside its field, and nothing is lost of what was typed.
  await threshold.fill("a lot");
  await page.getByRole("button", { name: "Make the rule" }).click();
  await expect.poll(() => threshold.getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByLabel("Name").inputValue()).toBe(name);

  // The watch itself is looked at every minute; a daemon's heartbeat is always a little old.
  await page.getByLabel("What it looks at").selectOption("lateness_minutes");
  await threshold.fill("0");
  await page.getByRole("button", { name: "Make the rule" }).click();
  await page.waitForURL(/\/alerts\/rules(\/late-.*)?$/);

  // It is seen to fire where one looks, without a reload.
  await page.getByRole("link", { name: "Feed" }).click();
  const alert = page.getByRole("listitem").filter({ hasText: name }).first();
  await alert.waitFor({ timeout: 80_000 });
  await look(visitor, "fired");

  await alert.getByRole("link").first().click();
  await page.getByRole("list", { name: /Decisions/ }).waitFor();
  await look(visitor, "why");
});
