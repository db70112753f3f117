import "@testing-library/jest-dom/vitest";

// A browser completes an address by the page's; Node's `Request` does not.
const Whole = globalThis.Request;
globalThis.Request = class extends Whole {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, location.href) : input, init);
  }
};
