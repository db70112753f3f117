import { describe, expect, it } from "vitest";
import { begins, dayFrom, dayStarts, type KnownSlot, placeOf } from "./slots";

const slot = (at: string): KnownSlot => ({ at, changes: 0, alerts: 0 });
const SLOTS = [
  "2026-11-26T20:30:00Z",
  "2026-11-26T21:00:00Z",
  "2026-11-27T15:00:00Z",
  "2026-11-27T15:30:00Z",
].map(slot);

describe("slots that can be gone back to", () => {
  it("stand at their own place, and what lies between two at the earlier one", () => {
    expect(placeOf(SLOTS, "2026-11-27T15:00:00Z")).toBe(2);
    expect(placeOf(SLOTS, "2026-11-27T03:00:00Z")).toBe(1);
    expect(placeOf(SLOTS, "2026-12-01T00:00:00Z")).toBe(3);
  });

  it("are older than all there are at the first place", () => {
    expect(placeOf(SLOTS, "2020-01-01T00:00:00Z")).toBe(0);
  });

  it("belong to the day of the half hour that they judge, at the exchange", () => {
    expect(dayStarts(SLOTS, "America/New_York").map((one) => one.place)).toEqual([0, 2]);
    // In Tokyo it is the 27th at 06:00, and the 28th at half past midnight.
    expect(dayStarts(SLOTS, "Asia/Tokyo")).toHaveLength(2);
    expect(dayStarts([slot("2026-11-27T00:00:00Z")], "UTC")[0]?.name).toContain("26");
  });

  it("lead a day at a time from close to close, and then to the present", () => {
    const days = dayStarts(SLOTS, "America/New_York");
    expect(dayFrom(days, 4, 0, 1)).toBe(1);
    expect(dayFrom(days, 4, 1, 1)).toBe(3);
    expect(dayFrom(days, 4, 3, 1)).toBe(4);
    expect(dayFrom(days, 4, 4, 1)).toBe(4);
    expect(dayFrom(days, 4, 4, -1)).toBe(3);
    expect(dayFrom(days, 4, 3, -1)).toBe(1);
    expect(dayFrom(days, 4, 1, -1)).toBe(0);
  });
});

describe("how far back is asked", () => {
  const now = Date.parse("2026-11-28T16:10:00Z");

  it("is so many days, from midnight on", () => {
    expect(begins(21, null, now)).toEqual({ from: "2026-11-07T00:00:00.000Z" });
  });

  it("reaches to what is looked at", () => {
    expect(begins(3, "2026-10-01T15:00:00Z", now).from).toBe("2026-09-30T00:00:00.000Z");
  });

  it("is no longer than the server tells at once", () => {
    expect(begins(21, "2026-01-10T15:00:00Z", now)).toEqual({
      from: "2026-01-09T00:00:00.000Z",
      to: "2026-04-11T00:00:00.000Z",
    });
  });
});
