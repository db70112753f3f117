import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/react";

// What is waited for comes at once, but on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

// A browser completes an address by the page's; Node's `Request` does not.
const Whole = globalThis.Request;
globalThis.Request = class extends Whole {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, location.href) : input, init);
  }
};

// The browser's own dialog, as far as jsdom lacks it.
HTMLDialogElement.prototype.showModal = function show() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
};

// Whatever a test put in the browser's place.
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
