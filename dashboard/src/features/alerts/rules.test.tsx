import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { type Asked, FALL, problem, ruleOf, visit } from "./testing";

const WARNING = "The rule big-rise would have fired for 12 of its 12 symbols at once.";

function trial({ body }: Asked) {
  const [name = ""] = Object.keys((body as { rules: object }).rules);
  return {
    days: 30,
    sentences: { [name]: "Fires at price_change_pct in 2h above +2 %, about all symbols." },
    trials: [
      {
        rule: name,
        sentence: `${name} would have fired 14 times in the last 30 days, about 3 of 12 symbols.`,
        fired: 14,
        firings: [
          {
            subject: "AAPL",
            started_at: new Date(Date.now() - 86_400_000).toISOString(),
            ended_at: null,
            reason: "Price +2.1 % in 2h is above +2 %.",
            value: 2.1,
          },
        ],
        most_at_once: 12,
        of_symbols: 12,
        warning: WARNING,
      },
    ],
    without_history: [],
  };
}

const STORED = {
  ...ruleOf("big-fall", FALL),
  standings: [],
  warnings: ["anna gets nothing by sms: that contact is disabled."],
};

const tagged = (version: number, definition: object) =>
  Response.json({ ...STORED, version, definition }, { headers: { ETag: `"${version}"` } });

describe("a new rule", () => {
  it("is tried on history as it is written, and made", async () => {
    const asked = visit("/alerts/rules/new", {
      "POST /trials": trial,
      "PUT /rules/big-rise": { ...STORED, name: "big-rise", warnings: [], ended: [] },
    });
    await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Big Rise");
    expect(screen.getByText("Say when it fires.")).toBeVisible();
    await userEvent.type(screen.getByRole("textbox", { name: "Threshold, %" }), "2");
    await userEvent.click(await screen.findByRole("checkbox", { name: "anna by every way" }));

    const history = screen.getByRole("region", { name: "What it would have done" });
    expect(await within(history).findByText(/would have fired 14 times/)).toBeVisible();
    expect(within(history).getByText(WARNING)).toBeVisible();
    expect(screen.getByText(/^Fires at price_change_pct in 2h above/)).toBeVisible();
    await userEvent.click(within(history).getByRole("button", { name: "Show as a table" }));
    expect(within(history).getByRole("cell", { name: "AAPL" })).toBeVisible();

    await userEvent.click(screen.getByRole("button", { name: "Make the rule" }));
    expect(await screen.findByText("The rule big-rise is kept.")).toBeVisible();
    const made = asked.find(({ method }) => method === "PUT");
    expect(made?.headers.get("If-None-Match")).toBe("*");
    expect(made?.body).toEqual({
      metric: "price_change_pct",
      window: "2h",
      above: 2,
      notify: ["anna"],
    });
    expect(screen.getByLabelText("Address")).toHaveTextContent("/alerts/rules");
  });

  it("shows each of the server's mistakes beside its field", async () => {
    visit("/alerts/rules/new", {
      "POST /trials": problem(422, "All of it.", [
        "Rule new-rule: above = 1.4 never fires: score lies between -1 and 1.",
        'Rule new-rule: for: "soon" is no span of time; write it like 45m, 2h or 1d 12h.',
        "Rule new-rule: clear must be a number, not abc.",
      ]),
    });
    await userEvent.selectOptions(
      await screen.findByRole("combobox", { name: "What it looks at" }),
      "score",
    );
    await userEvent.type(screen.getByRole("textbox", { name: "Threshold" }), "1.4");
    await userEvent.type(screen.getByRole("textbox", { name: "Must hold for" }), "soon");
    const threshold = screen.getByRole("textbox", { name: "Threshold" });
    await waitFor(() => expect(threshold).toBeInvalid());
    expect(threshold).toHaveAccessibleDescription(/never fires/);
    expect(screen.getByRole("textbox", { name: "Must hold for" })).toHaveAccessibleDescription(
      /no span of time/,
    );
    expect(screen.getByRole("textbox", { name: "Ends at" })).toHaveAccessibleDescription(
      /must be a number/,
    );
    expect(screen.getByText(/It cannot be tried yet/)).toBeVisible();
  });

  it("needs a name, and says so; one that is taken is told there too", async () => {
    visit("/alerts/rules/new", {
      "POST /trials": trial,
      "PUT /rules/big-fall": problem(412, "There is such a rule already; choose another name."),
    });
    await userEvent.type(await screen.findByRole("textbox", { name: "Threshold, %" }), "2");
    await userEvent.click(screen.getByRole("button", { name: "Make the rule" }));
    const name = screen.getByRole("textbox", { name: "Name" });
    expect(name).toHaveAccessibleDescription("Give it a name.");
    await userEvent.type(name, "big-fall");
    await userEvent.click(screen.getByRole("button", { name: "Make the rule" }));
    await waitFor(() => expect(name).toHaveAccessibleDescription(/choose another name/));
  });

  it.each([
    [
      "kept",
      () => Response.json({ ...STORED, name: "x", warnings: [], ended: [] }),
      "The rule x is kept.",
    ],
    ["refused", () => problem(503, "The database is away."), "The database is away."],
  ])(
    "is %s while one is elsewhere already: that is told, and one stays there",
    async (_, answer, said) => {
      let end: () => void = () => undefined;
      visit("/alerts/rules/new", {
        "POST /trials": trial,
        "PUT /rules/x": () =>
          new Promise<Response>((answered) => {
            end = () => answered(answer());
          }),
      });
      await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "x");
      await userEvent.type(screen.getByRole("textbox", { name: "Threshold, %" }), "2");
      await userEvent.click(screen.getByRole("button", { name: "Make the rule" }));
      await userEvent.click(screen.getByRole("link", { name: /^People/ }));
      await waitFor(() => expect(screen.getByLabelText("Address")).toHaveTextContent("people"));
      end();
      expect(await screen.findByText(said)).toBeVisible();
      expect(screen.getByLabelText("Address")).toHaveTextContent("/alerts/people");
    },
  );

  it("names some symbols, and a person by one way", async () => {
    const asked = visit("/alerts/rules/new", {
      "POST /trials": trial,
      "PUT /rules/x": { ...STORED, name: "x", warnings: [], ended: [] },
    });
    await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "x");
    await userEvent.type(screen.getByRole("textbox", { name: "Threshold, %" }), "-2");
    await userEvent.click(screen.getByRole("radio", { name: "below" }));
    await userEvent.click(screen.getByRole("radio", { name: "Some symbols" }));
    await userEvent.type(screen.getByRole("combobox", { name: "Symbols" }), "aapl,ko{Enter}");
    await userEvent.click(screen.getByRole("button", { name: "Take KO away" }));
    await userEvent.click(await screen.findByRole("checkbox", { name: "anna by every way" }));
    await userEvent.click(screen.getByRole("checkbox", { name: "anna by email" }));
    await userEvent.click(screen.getByRole("button", { name: "Make the rule" }));
    await screen.findByText("The rule x is kept.");
    expect(asked.find(({ method }) => method === "PUT")?.body).toEqual({
      metric: "price_change_pct",
      window: "2h",
      below: -2,
      symbols: ["AAPL"],
      notify: ["anna by email"],
    });
  });
});

describe("a rule that is there", () => {
  it("is shown in the server's words, with what is to be known of it", async () => {
    visit("/alerts/rules/big-fall", {
      "GET /rules/big-fall": tagged(1, FALL),
      "POST /trials": problem(503, "Other rules are being tried; ask again in a moment."),
    });
    expect(await screen.findByText("What big-fall says.")).toBeVisible();
    expect(screen.getByText(/that contact is disabled/)).toBeVisible();
    expect(screen.getByRole("textbox", { name: "Threshold, %" })).toHaveValue("-2");
  });

  it("was changed meanwhile: both are shown, and yours is kept over theirs", async () => {
    let version = 1;
    const asked = visit("/alerts/rules/big-fall", {
      "GET /rules/big-fall": () =>
        version === 1 ? tagged(1, FALL) : tagged(2, { ...FALL, clear: -0.5 }),
      "POST /trials": trial,
      "PUT /rules/big-fall": ({ headers }: Asked) => {
        if (headers.get("If-Match") === '"2"') return { ...STORED, warnings: [], ended: [] };
        version = 2;
        return problem(412, "It was changed meanwhile; read it again.");
      },
    });
    const threshold = await screen.findByRole("textbox", { name: "Threshold, %" });
    await userEvent.clear(threshold);
    await userEvent.type(threshold, "-3");
    await userEvent.click(screen.getByRole("button", { name: "Keep the change" }));
    const table = await screen.findByRole("table", { name: "Where theirs and yours differ" });
    const rows = within(table)
      .getAllByRole("row")
      .map((row) => row.textContent);
    expect(rows).toContain("below-2-2-3");
    expect(rows).toContain("clear-1-0.5-1");
    expect(threshold).toHaveValue("-3");
    await userEvent.click(screen.getByRole("button", { name: "Keep yours" }));
    expect(await screen.findByText("The rule big-fall is kept.")).toBeVisible();
    const puts = asked.filter(({ method }) => method === "PUT");
    expect(puts.map(({ headers }) => headers.get("If-Match"))).toEqual(['"1"', '"2"']);
  });

  it("is removed, and comes back by undo", async () => {
    const asked = visit("/alerts/rules/big-fall", {
      "GET /rules/big-fall": tagged(1, FALL),
      "POST /trials": trial,
      "DELETE /rules/big-fall": new Response(null, { status: 204 }),
      "PUT /rules/big-fall": { ...STORED, warnings: [], ended: [] },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    expect(await screen.findByText("The rule big-fall is there again.")).toBeVisible();
    const made = asked.find(({ method }) => method === "PUT");
    expect(made?.headers.get("If-None-Match")).toBe("*");
    expect(made?.body).toEqual(FALL);
  });

  it("is written as JSON too; what is none is not kept", async () => {
    visit("/alerts/rules/big-fall", {
      "GET /rules/big-fall": tagged(1, FALL),
      "POST /trials": trial,
    });
    await userEvent.click(await screen.findByRole("radio", { name: "JSON" }));
    const text = screen.getByRole("textbox", { name: "Definition" });
    await userEvent.clear(text);
    await userEvent.type(text, "{{");
    expect(text).toHaveAccessibleDescription(/not a JSON object/);
    expect(screen.getByRole("button", { name: "Keep the change" })).toBeDisabled();
    await userEvent.clear(text);
    await userEvent.click(text);
    await userEvent.paste('{"metric": "score", "above": 0.5, "notify": ["anna"]}');
    await userEvent.click(screen.getByRole("radio", { name: "Form" }));
    expect(screen.getByRole("combobox", { name: "What it looks at" })).toHaveValue("score");
    expect(screen.getByRole("textbox", { name: "Threshold" })).toHaveValue("0.5");
  });

  it("is seen by a viewer, who changes nothing", async () => {
    visit("/alerts/rules/big-fall", {
      "GET /session": { role: "viewer", name: "Vera", login: "cookie", csrf_token: "x" },
      "GET /rules/big-fall": tagged(1, FALL),
      "POST /trials": problem(403, "A viewer may only look."),
    });
    expect(await screen.findByRole("textbox", { name: "Threshold, %" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Keep the change" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Remove" })).toBeDisabled();
    expect(screen.getAllByText(/viewer may only look/).length).toBeGreaterThan(0);
  });
});
