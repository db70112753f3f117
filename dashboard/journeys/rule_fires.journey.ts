import { journey, look } from "./journey";
import { env } from "./visitor";

journey("makes a rule and sees it fire", async (visitor) => {
  const { page } = visitor;
  const name = `late-${visitor.look.name}`;
  await page.goto(`${env("ADDRESS")}/alerts/rules/new`);

  // On history first: a rule about prices says how often it would have fired.
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Threshold (%)").fill("1");
  await page.getByRole("checkbox", { name: "you" }).check();
  await page.getByText(/would have fired|would not have fired/).waitFor();
  await look(visitor, "rule");

  // What is wrong is said in the server's sentence, and nothing is lost of what was typed.
  await page.getByLabel("Threshold (%)").fill("a lot");
  await page.getByRole("button", { name: "Make the rule" }).click();
  await page.getByRole("alert").filter({ hasText: "above" }).waitFor();
  expect(await page.getByLabel("Name").inputValue()).toBe(name);

  // The watch itself is looked at every minute; a daemon's heartbeat is always a little old.
  await page.getByLabel("What it looks at").selectOption("lateness_minutes");
  await page.getByLabel("Threshold (min)").fill("0");
  await page.getByRole("button", { name: "Make the rule" }).click();
  await page.waitForURL(/\/alerts\/rules$/);
  await page.getByText(name).first().waitFor();

  // It is seen to fire where one looks, without a reload.
  await page.getByRole("link", { name: "Feed" }).click();
  const alert = page.getByRole("list", { name: "Alerts" }).getByText(name).first();
  await alert.waitFor({ timeout: 80_000 });
  await look(visitor, "fired");

  await page.getByRole("listitem").filter({ hasText: name }).getByRole("link").first().click();
  await page.getByRole("list", { name: "What was decided" }).waitFor();
  await look(visitor, "why");
});
