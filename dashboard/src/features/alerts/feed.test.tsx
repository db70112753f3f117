import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { alertOf, lists, problem, visit } from "./testing";

const OPEN = [
  alertOf(5),
  alertOf(4, { subject: "KO", severity: "info", rule: "gone", value: null }),
];
const ENDED = [alertOf(3, { subject: "LLY", resolved_at: "2026-11-28T16:00:00Z", phase: null })];

describe("the feed", () => {
  it("shows open alerts by severity, what each is against, and what has ended below", async () => {
    visit("/alerts", { "GET /alerts": lists(OPEN, ENDED) });
    const critical = await screen.findByRole("list", { name: "Open alerts, critical" });
    const row = within(critical).getByRole("listitem");
    expect(row).toHaveTextContent("AAPL");
    expect(row).toHaveTextContent("Price -2.5 % in 2h is below -2 %.");
    expect(await within(row).findByText("−2.50 %", { exact: false })).toBeVisible();
    expect(within(row).getByText("below −2 %")).toBeVisible();
    const names = screen.getAllByRole("list").map((one) => one.getAttribute("aria-label"));
    expect(names.filter((one) => one?.includes("alerts"))).toEqual([
      "Open alerts, critical",
      "Open alerts, info",
      "Ended alerts",
    ]);
  });

  it("filters and groups by what the URL says, and writes it there", async () => {
    const asked = visit("/alerts?group=symbol", { "GET /alerts": lists(OPEN, ENDED) });
    await screen.findByRole("list", { name: "Open alerts, KO" });
    await userEvent.click(screen.getByRole("button", { name: /info/, pressed: false }));
    expect(screen.getByLabelText("Address")).toHaveTextContent("group=symbol&severity=info");
    await waitFor(() =>
      expect(asked.some(({ search }) => search.get("severity") === "info")).toBe(true),
    );
    await userEvent.click(screen.getByRole("button", { name: "Show all" }));
    expect(screen.getByLabelText("Address")).toHaveTextContent(/group=symbol$/);
  });

  it("lets a symbol be typed whose first letter is one too", async () => {
    const glance = (symbol: string) => ({ symbol, name: symbol, tags: [] });
    visit("/alerts", {
      "GET /alerts": lists(OPEN),
      "GET /overview": { at: null, markets: [], stale: 0, symbols: [glance("T"), glance("TSM")] },
    });
    await screen.findByRole("list", { name: "Open alerts, critical" });
    const field = screen.getByRole("combobox", { name: "Symbol" });
    await userEvent.type(field, "tsm");
    expect(field).toHaveFocus();
    expect(field).toHaveValue("TSM");
    expect(screen.getByLabelText("Address")).toHaveTextContent("symbol=TSM");
  });

  it("asks for the past slot, and offers no change there", async () => {
    const asked = visit("/alerts?at=2026-11-28T15:30Z", { "GET /alerts": lists([alertOf(5)]) });
    const button = await screen.findByRole("button", { name: /Acknowledge big-fall, AAPL/ });
    expect(button).toBeDisabled();
    expect(button).toHaveAttribute("title", expect.stringContaining("past"));
    const states = asked.filter(({ path }) => path === "/alerts");
    expect(states.some(({ search }) => search.get("at") === "2026-11-28T15:30:00Z")).toBe(true);
  });

  it("says that nothing fires, and where to go", async () => {
    visit("/alerts", { "GET /alerts": lists([]) });
    expect(await screen.findByText("Nothing fires.")).toBeVisible();
    expect(screen.getByRole("link", { name: "See what is watched for" })).toBeVisible();
  });

  it("shows the next page where there is one", async () => {
    visit("/alerts?state=open", {
      "GET /alerts": ({ search }: { search: URLSearchParams }) =>
        search.get("cursor")
          ? { items: [alertOf(1, { subject: "OLD" })], next: null }
          : { items: [alertOf(5)], next: "more" },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Show older ones" }));
    expect(await screen.findByRole("link", { name: "OLD" })).toBeVisible();
  });
});

describe("what is done beside an alert", () => {
  it("acknowledges at once, with a comment", async () => {
    let answer: (told: unknown) => void = () => undefined;
    const waits = new Promise((resolve) => {
      answer = resolve;
    });
    const asked = visit("/alerts?state=open", {
      "GET /alerts": lists([alertOf(5)]),
      "POST /alerts/5/acknowledgement": () => waits,
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Acknowledge/ }));
    expect(screen.getByRole("textbox", { name: "Comment" })).toHaveFocus();
    await userEvent.keyboard("Looking into it{Enter}");
    // Before the server has answered.
    expect(await screen.findByText("acknowledged by Ada")).toBeVisible();
    expect(asked.at(-1)?.body).toEqual({ comment: "Looking into it" });
    // The button it was on is gone; the next one is beside it.
    expect(screen.getByRole("button", { name: /^Silence/ })).toHaveFocus();
    answer(Response.json({}));
    expect(await screen.findByText(/only its end is told from now on/)).toBeVisible();
  });

  it("takes it back where the server refuses, and says why", async () => {
    let answer: (told: unknown) => void = () => undefined;
    const waits = new Promise((resolve) => {
      answer = resolve;
    });
    visit("/alerts?state=open", {
      "GET /alerts": lists([alertOf(5)]),
      "POST /alerts/5/acknowledgement": () => waits,
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Acknowledge/ }));
    await userEvent.keyboard("{Enter}");
    expect(await screen.findByText("acknowledged by Ada")).toBeVisible();
    answer(problem(409, "The alert 5 has ended."));
    expect(await screen.findByText("The alert 5 has ended.")).toBeVisible();
    expect(screen.queryByText("acknowledged by Ada")).toBeNull();
  });

  it("silences the rule and symbol for four hours, and ends that again", async () => {
    const asked = visit("/alerts?state=open", {
      "GET /alerts": lists([alertOf(5)]),
      "POST /silences": { silence_id: 7, matched: "rule big-fall, symbol AAPL", covers: [5] },
      "DELETE /silences/7": new Response(null, { status: 204 }),
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Silence/ }));
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    const changes = asked.filter(({ method }) => method !== "GET");
    expect(changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /silences",
      "DELETE /silences/7",
    ]);
    expect(changes[0]?.body).toEqual({
      rule: "big-fall",
      symbol: "AAPL",
      for: "4h",
      comment: "",
    });
  });

  it("silences one alert to its end", async () => {
    const asked = visit("/alerts?state=open", {
      "GET /alerts": lists([alertOf(5)]),
      "POST /silences": { silence_id: 7, matched: "alert 5", covers: [5] },
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Silence/ }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Until it ends" }));
    expect(await screen.findByText(/is silenced until it ends/)).toBeVisible();
    const made = asked.find(({ method }) => method === "POST");
    expect(made?.body).toEqual({ alert_id: 5, comment: "" });
  });

  it("tells of a silence by the dialog, though its alert is silenced meanwhile", async () => {
    const silenced = { current: null as number | null };
    const asked = visit("/alerts?state=open", {
      "GET /alerts": () => ({ items: [alertOf(5, { silenced_by: silenced.current })], next: null }),
      "POST /silences": () => {
        silenced.current = 7;
        return { silence_id: 7, matched: "rule big-fall", covers: [5] };
      },
      "DELETE /silences/7": new Response(null, { status: 204 }),
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Silence/ }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Otherwise …" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Silence" }));
    expect(await screen.findByText(/It covers one open alert now/)).toBeVisible();
    expect(screen.queryByRole("dialog")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(asked.some(({ method }) => method === "DELETE")).toBe(true));
  });

  it("lets a viewer see all and change nothing", async () => {
    visit("/alerts?state=open", {
      "GET /session": { role: "viewer", name: "Vera", login: "cookie", csrf_token: "x" },
      "GET /alerts": lists([alertOf(5)]),
    });
    for (const name of [/^Acknowledge/, /^Silence/]) {
      const button = await screen.findByRole("button", { name });
      expect(button).toBeDisabled();
      expect(button).toHaveAttribute("title", expect.stringContaining("viewer"));
    }
  });
});

describe("the people", () => {
  it("tells that a contact is in use again, though its button is gone by then", async () => {
    const contact = { channel: "sms", address: "+49…78", contact_id: 2 };
    let disabled_because: string | null = "The number has opted out.";
    visit("/alerts/people", {
      "GET /people": () => [
        {
          name: "anna",
          version: 1,
          time_zone: "UTC",
          quiet_hours: null,
          sms_per_day: null,
          definition: {},
          contacts: [{ ...contact, disabled_because }],
        },
      ],
      "POST /people/anna/contacts/sms/enable": () => {
        disabled_because = null;
        return {};
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: /^Enable/ }));
    expect(await screen.findByText("anna is reached by sms again.")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Enable/ })).toBeNull();
  });
});
