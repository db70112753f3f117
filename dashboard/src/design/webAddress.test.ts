import { expect, it } from "vitest";
import { webAddress } from "./webAddress";

it("leads to pages of the web, and to nothing else", () => {
  expect(webAddress("https://ledger.example/apple")).toBe("https://ledger.example/apple");
  expect(webAddress("https://simulated.invalid/apple")).toBeNull();
  expect(webAddress("javascript:alert(1)")).toBeNull();
  expect(webAddress("not an address")).toBeNull();
  expect(webAddress(null)).toBeNull();
});
