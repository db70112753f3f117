import { expect, test } from "vitest";
import { percent, price, share } from "./format";

test.each([
  [30.37, "30.37"],
  [0.5, "0.5000"],
  [0.01, "0.0100"],
  [0.0000123, "0.00001230"],
  [0, "0.0000"],
  [-0, "0.0000"],
  [-37.63, "\u221237.63"],
])("a price of %s is written with the digits it trades in", (value, expected) => {
  expect(price(value)).toBe(expected);
});

test("what is rounded to zero has no sign", () => {
  expect(share(-0.001)).toBe("0 %");
  expect(percent(-0.001)).toBe("0.00 %");
});
