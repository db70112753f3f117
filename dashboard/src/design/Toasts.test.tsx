import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Toasts, useToast } from "./Toasts";

function Telling() {
  const tell = useToast();
  return (
    <button type="button" onClick={() => tell({ text: "It is done.", undo: () => undefined })}>
      Do it
    </button>
  );
}

test("a notice goes by itself, but not from where the focus is", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  render(
    <Toasts>
      <Telling />
    </Toasts>,
  );
  await user.click(screen.getByRole("button", { name: "Do it" }));
  act(() => screen.getByRole("button", { name: "Undo" }).focus());
  await act(() => vi.advanceTimersByTimeAsync(20_000));
  expect(screen.getByText("It is done.")).toBeVisible();
  act(() => screen.getByRole("button", { name: "Do it" }).focus());
  await act(() => vi.advanceTimersByTimeAsync(8_000));
  expect(screen.queryByText("It is done.")).toBeNull();
});
