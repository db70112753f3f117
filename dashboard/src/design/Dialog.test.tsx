import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { Dialog } from "./Dialog";
import { Segments } from "./Field";

beforeEach(() => {
  // The browser's own dialog, as far as jsdom lacks it.
  HTMLDialogElement.prototype.showModal = function show() {
    this.open = true;
    this.querySelector("button")?.focus();
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
});

function Opened({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open it
      </button>
      {isOpen && (
        <Dialog title="A dialog" onClose={() => setOpen(false)}>
          {children}
        </Dialog>
      )}
    </>
  );
}

async function opened(children: ReactNode) {
  render(<Opened>{children}</Opened>);
  await userEvent.click(screen.getByRole("button", { name: "Open it" }));
}

describe("a dialog", () => {
  it("takes the focus to its first field, and gives it back to what opened it", async () => {
    await opened(
      <>
        <input type="hidden" name="kept" />
        <input aria-label="Off" disabled />
        <input aria-label="Token" />
      </>,
    );
    expect(screen.getByLabelText("Token")).toHaveFocus();
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(screen.getByRole("button", { name: "Open it" })).toHaveFocus();
  });

  it("takes it to what is chosen where choices come first", async () => {
    const choices = [
      ["a", "Dark"],
      ["b", "Light"],
    ] as const;
    await opened(<Segments label="Theme" value="b" choices={choices} onChoose={() => undefined} />);
    expect(screen.getByRole("radio", { name: "Light" })).toHaveFocus();
  });

  it("leaves it where the browser puts it when there is nothing to fill in", async () => {
    await opened(<p>Only words.</p>);
    expect(screen.getByRole("button", { name: "Close" })).toHaveFocus();
  });
});
