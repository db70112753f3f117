import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { AtExchange, Instant } from "./Instant";

const AT = "2026-11-27T15:30:00Z";

test("an instant says on hover when it was at the exchange", () => {
  render(<Instant at={AT} zone="Asia/Tokyo" />);
  expect(screen.getByRole("time")).toHaveAttribute("title", expect.stringContaining("00:30"));
});

test("of an exchange in a zone that the browser does not know, it says the viewer's time alone", () => {
  render(
    <AtExchange zone="Mars/Olympus_Mons">
      <Instant at={AT} />
    </AtExchange>,
  );
  const title = screen.getByRole("time").getAttribute("title");
  expect(title).toContain("2026");
  expect(title).not.toContain("at the exchange");
});
