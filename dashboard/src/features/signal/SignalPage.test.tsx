import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { seeNothing } from "@/testing/unseen";
import { SIGNAL } from "./sample";
import { answering, opened, SLOT } from "./testing";

beforeEach(seeNothing);

const table = () => screen.findByRole("table", { name: /contributions of the components/i });
const read = (cell: HTMLElement | undefined) =>
  Number((cell?.textContent ?? "").replace("\u2212", "-").replace(/[×=+\s]/g, ""));
const lastCell = (row: HTMLElement | undefined) => [...(row?.querySelectorAll("td") ?? [])].at(-1);
/** Value, weight and contribution of a row, as they are written. */
function numbersOf(row: HTMLElement): [number, number, number] {
  const cells = [...row.querySelectorAll("td")].slice(-3);
  return [read(cells[0]), read(cells[1]), read(cells[2])];
}

describe("the page of a real signal", () => {
  beforeEach(() => {
    answering(SIGNAL);
  });

  it("shows contributions that add up to the score, to the last digit", async () => {
    opened();
    const sum = await table();
    // The head, a row a component, the total, and what is told of it.
    const rows = within(sum).getAllByRole("row");
    const parts = rows.slice(1, -2);
    expect(parts.map((row) => row.querySelector("th")?.textContent)).toEqual(
      SIGNAL.components.map((one) => one.name.replace("_", " ") + one.reason),
    );
    let micros = 0;
    for (const row of parts) {
      const [value, weight, adds] = numbersOf(row);
      expect(Math.abs(value * weight - adds)).toBeLessThanOrEqual(1e-6);
      micros += Math.round(adds * 1e6);
    }
    expect(micros / 1e6).toBe(SIGNAL.score);
    const total = rows.at(-2);
    expect(total).toHaveTextContent(/^Score/);
    expect(read(lastCell(total))).toBe(SIGNAL.score);
    expect(sum).toHaveTextContent(
      "−0.350332 equals the stored score, −0.350332, to the last digit",
    );
  });

  it("says the action, the score on its scale, and since when", async () => {
    opened();
    expect(
      await screen.findByRole("img", { name: /Score −0\.350332 .*sell from −0\.40 to −0\.15/ }),
    ).toBeInTheDocument();
    const verdict = screen.getByRole("region", { name: "The verdict" });
    expect(verdict).toHaveTextContent("sellsince Nov 28");
    expect(verdict).toHaveTextContent("SIMULATED");
  });

  it("multiplies the confidence before the reader's eyes", async () => {
    opened();
    const factors = await screen.findByRole("list", { name: /coverage × agreement × freshness/ });
    expect(factors).toHaveTextContent("Agreement0.882238");
    expect(screen.getByText("Multiplied here: 0.882238; what each is")).toBeInTheDocument();
  });

  it("computes a component's value again from its figure, and its weight from the strategy", async () => {
    opened();
    await userEvent.click(await screen.findByRole("button", { name: /^trend/ }));
    const value = screen.getByRole("region", { name: /^How the value/ });
    expect(value).toHaveTextContent("squash(−1.420377) = −0.817678");
    expect(value).toHaveTextContent("the stored value, to a millionth");
    const weight = screen.getByRole("region", { name: /^How the weight/ });
    expect(weight).toHaveTextContent(
      "× regime trending1.5÷ all that are present1.025Weight0.292683",
    );
    expect(weight).toHaveTextContent("the same, to six decimals");
  });

  it("computes a figure again from the stored bars", async () => {
    opened();
    await userEvent.click(await screen.findByRole("button", { name: /^momentum/ }));
    const value = screen.getByRole("region", { name: /^How the value/ });
    await waitFor(() => expect(value).toHaveTextContent("From the stored bars again: the same"));
    expect(value).toHaveTextContent("Close 13 bars earlier");
  });

  it("lists the articles, whose shares add up to the value of the news", async () => {
    opened();
    await userEvent.click(await screen.findByRole("button", { name: /^news 24 articles/ }));
    await userEvent.click(screen.getByRole("button", { name: /^Show \d+ more stories/ }));
    const articles = screen.getByRole("table", { name: /articles behind the news/i });
    const rows = within(articles)
      .getAllByRole("row")
      .filter((row) => row.querySelector("time"));
    expect(rows).toHaveLength(24);
    // What is made up has no page.
    expect(within(articles).queryByRole("link")).toBeNull();
    const micros = rows.reduce((sum, row) => sum + Math.round(read(lastCell(row)) * 1e6), 0);
    const news = SIGNAL.components.find(({ name }) => name === "news");
    expect(micros / 1e6).toBe(news?.value);
    expect(screen.getByText(/Added up on this page: −0\.019695, the stored value/)).toBeVisible();
  });

  it("leads to the run in Dagster and says that nothing later was used", async () => {
    opened();
    const run = await screen.findByRole("link", { name: /cece016a in Dagster/ });
    expect(run).toHaveAttribute("href", `http://dagster.test/runs/${SIGNAL.run_id}`);
    expect(screen.getByText(/Nothing later than the cutoff was used/)).toBeInTheDocument();
  });

  it("goes to the slot before by a key; the strategy stays and the revision does not", async () => {
    const router = opened("?strategy=balanced-2&revision=1");
    await table();
    await userEvent.keyboard("[[");
    expect(router.state.location.pathname).toBe("/symbols/AAPL/signals/2026-11-28T16:30:00Z");
    expect(router.state.location.search).toBe("?strategy=balanced-2");
    expect(screen.getByRole("button", { name: "Next" })).toBeDisabled();
  });

  it("copies a link that shows this revision for ever", async () => {
    const user = userEvent.setup();
    opened();
    await user.click(await screen.findByRole("button", { name: "Copy link" }));
    expect(await navigator.clipboard.readText()).toBe(
      `${location.origin}/symbols/AAPL/signals/${SLOT}?strategy=balanced-2&revision=1`,
    );
  });
});

it("shows a sum that is not the score as one", async () => {
  const components = SIGNAL.components.map((part) =>
    part.name === "trend" ? { ...part, contribution: part.contribution + 0.00001 } : part,
  );
  answering({ ...SIGNAL, components });
  opened();
  const sum = await table();
  expect(sum).toHaveTextContent("−0.350322 is not the stored score, −0.350332: +0.000010 off");
  expect(within(sum).getByRole("row", { name: /^trend/ })).toHaveTextContent("not −0.239320");
});

it("tells what was missing, and of outcomes which came true", async () => {
  const outcome = { entered_at: SLOT, left_at: SLOT, reason: null, settled_at: SLOT };
  answering({
    ...SIGNAL,
    missing: { volume: "nothing was traded" },
    freshness: 12 / 13,
    outcomes: [
      { ...outcome, horizon: "1 bar", return_pct: -0.4 },
      { ...outcome, horizon: "1 session", return_pct: 0.2 },
    ],
  });
  opened();
  expect(await screen.findByText("volume is missing")).toBeInTheDocument();
  expect(screen.getByText(/1 of the last 13 rows/)).toBeInTheDocument();
  const outcomes = screen.getByRole("table", { name: "Outcomes by horizon" });
  expect(within(outcomes).getByRole("row", { name: /^1 bar/ })).toHaveTextContent("−0.40 %hit");
  expect(within(outcomes).getByRole("row", { name: /^1 session/ })).toHaveTextContent(
    "+0.20 %miss",
  );
  expect(within(outcomes).getByRole("row", { name: /^5 sessions/ })).toHaveTextContent("waits");
});

it("marks what a later revision changed", async () => {
  const [first] = SIGNAL.revisions;
  if (!first) throw new Error("The sample has a revision.");
  const second = { ...first, revision: 2, score: -0.3, price: 30.2 };
  answering({ ...SIGNAL, revisions: [first, second] });
  opened();
  const revisions = await screen.findByRole("table", { name: "Revisions side by side" });
  const score = within(revisions).getByRole("row", { name: /^Score/ });
  expect(score).toHaveTextContent("−0.300000 (changed)");
  expect(within(revisions).getByRole("row", { name: /^Action/ })).not.toHaveTextContent("changed");
  const other = within(revisions).getByRole("link", { name: "Revision 2" });
  expect(other).toHaveAttribute("href", expect.stringContaining("revision=2"));
});

it("says why there is no such signal, and leads to the nearest ones", async () => {
  answering(null);
  opened("?strategy=balanced-2");
  expect(await screen.findByText(/AAPL has no signal at 2026-11-28 17:00Z/)).toBeInTheDocument();
  const nearest = await screen.findByRole("navigation", { name: "The nearest signals" });
  const links = within(nearest).getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "/symbols/AAPL/signals/2026-11-28T16:30:00Z?strategy=balanced-2",
    "/symbols/AAPL/signals/2026-11-28T17:30:00Z?strategy=balanced-2",
  ]);
});

it("does not show a signal that was still to come at the slot that is looked at", async () => {
  const asked = answering(SIGNAL);
  opened("?at=2026-11-28T16:00Z");
  expect(await screen.findByText(/did not exist yet at the slot you look at/)).toBeInTheDocument();
  expect(asked.filter((one) => one.includes("/signals/"))).toEqual([]);
});

it("shows of the past what people were shown, also where there are later revisions", async () => {
  const [first] = SIGNAL.revisions;
  if (!first) throw new Error("The sample has a revision.");
  const asked = answering({ ...SIGNAL, revisions: [first, { ...first, revision: 2 }] });
  opened("?at=2026-11-28T18:00Z");
  expect(await screen.findByText(/perhaps after the slot that is looked at/)).toBeVisible();
  expect(asked.find((one) => one.includes("/signals/"))).toMatch(/\?revision=1$/);
});

it.each(["1e99", "0", "-1", "two"])("says that there is no revision %s", async (named) => {
  const asked = answering(SIGNAL);
  opened(`?revision=${named}`);
  expect(await screen.findByText("There is no such revision.")).toBeVisible();
  expect(asked.filter((one) => one.includes("/signals/"))).toEqual([]);
});
