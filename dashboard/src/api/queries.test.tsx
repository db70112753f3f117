import { QueryClientProvider, useMutation } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { queryClient } from "./queries";

function Edit({ send }: { send: () => Promise<void> }) {
  const edit = useMutation({ mutationFn: send });
  return (
    <button type="button" disabled={edit.isPending} onClick={() => edit.mutate()}>
      Send
    </button>
  );
}

test("the second of two quick clicks sends nothing", async () => {
  const send = vi.fn(() => new Promise<void>(() => undefined));
  render(
    <QueryClientProvider client={queryClient()}>
      <Edit send={send} />
    </QueryClientProvider>,
  );
  const button = screen.getByRole("button", { name: "Send" });
  fireEvent.click(button);
  // As between two events of a browser: what is due at once is done, and no timer has come.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(button).toBeDisabled();
  fireEvent.click(button);
  expect(send).toHaveBeenCalledTimes(1);
});
