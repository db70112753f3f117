import { journey, look } from "./journey";
import { env } from "./visitor";

journey("logs in as a viewer and is refused an edit", async (visitor) => {
  const { page } = visitor;
  await page.goto(`${env("GUARDED")}/alerts/rules`);
  await page.getByLabel("Token").fill("no such token at all");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("The token is wrong").waitFor();
  await look(visitor, "login");

  await page.getByLabel("Token").fill(env("VIEWER"));
  await page.getByLabel("Your name").fill("Vera");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("big-move").first().waitFor();

  // The page does not offer it, and says why.
  const made = page.getByRole("button", { name: /new rule/i });
  expect(await made.isDisabled()).toBe(true);
  expect(await made.getAttribute("title")).toContain("viewer");
  await look(visitor, "viewer");

  // Nor does the server take it, whatever the page offers.
  const status = await page.evaluate(async () => {
    const session = await (await fetch("/api/v1/session")).json();
    const answer = await fetch("/api/v1/rules/big-move", {
      method: "DELETE",
      headers: { "X-CSRF-Token": session.csrf_token, "If-Match": "*" },
    });
    return answer.status;
  });
  expect(status).toBe(403);
});
