import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Answer } from "./States";

interface Told {
  items: string[];
}

function Panel({ ask }: { ask: () => Promise<Told> }) {
  const query = useQuery({ queryKey: ["panel"], queryFn: ask, retry: false });
  return (
    <Answer query={query} skeleton={null}>
      {({ items }) => <p>{items.join(" and ")}</p>}
    </Answer>
  );
}

test("an answer of another shape is told in its place, and the next one is shown", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const answers = [{}, { items: ["one", "two"] }] as Told[];
  render(
    <QueryClientProvider client={new QueryClient()}>
      <p>All else on the page</p>
      <Panel ask={async () => answers.shift() as Told} />
    </QueryClientProvider>,
  );
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "This part of the page cannot be shown: the server’s answer is not what it expects.",
  );
  expect(screen.getByText("All else on the page")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("one and two")).toBeVisible();
  expect(screen.queryByRole("alert")).toBeNull();
});
