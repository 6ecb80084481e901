import { describe, expect, it } from "vitest";

import { exponentialAverage, relativeStrength, simpleAverage } from "../src/indicators.ts";

describe("indicators", () => {
  it("need their period before they begin", () => {
    expect(simpleAverage([1, 2, 3, 4], 3)).toEqual([null, null, 2, 3]);
    expect(exponentialAverage([1, 2, 3, 5], 3)).toEqual([null, null, 2, 3.5]);
  });

  it("know the published example of Wilder's index", () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614,
      46.282, 46.282, 46.0028,
    ];
    const strength = relativeStrength(closes, 14);
    expect(strength[13]).toBeNull();
    expect(strength[14]).toBeCloseTo(70.53, 1);
    expect(strength[15]).toBeCloseTo(66.32, 1);
  });

  it("call a flat line neutral and a rising one 100", () => {
    expect(relativeStrength([1, 1, 1], 2).at(-1)).toBe(50);
    expect(relativeStrength([1, 2, 3], 2).at(-1)).toBe(100);
  });
});
