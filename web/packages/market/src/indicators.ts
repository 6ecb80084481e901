/**
 * Indicators for the chart: arrays in, arrays of the same length out, null where there is not enough history.
 *
 * Limit: floats, since the results are only ever drawn.
 */

export type Series = readonly (number | null)[];

export function simpleAverage(values: readonly number[], period: number): (number | null)[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= period ? (values[index - period] as number) : 0);
    return index >= period - 1 ? sum / period : null;
  });
}

/** Begins with the simple average of the first `period` values. */
export function exponentialAverage(values: readonly number[], period: number): (number | null)[] {
  const weight = 2 / (period + 1);
  let average: number | null = null;
  let sum = 0;
  return values.map((value, index) => {
    if (average !== null) average += (value - average) * weight;
    else {
      sum += value;
      if (index === period - 1) average = sum / period;
    }
    return average;
  });
}

/** Wilder's relative strength index, 0 to 100. */
export function relativeStrength(values: readonly number[], period: number): (number | null)[] {
  let gain = 0;
  let loss = 0;
  return values.map((value, index) => {
    if (index === 0) return null;
    const change = value - (values[index - 1] as number);
    const up = Math.max(change, 0);
    const down = Math.max(-change, 0);
    if (index <= period) {
      gain += up / period;
      loss += down / period;
      if (index < period) return null;
    } else {
      gain = (gain * (period - 1) + up) / period;
      loss = (loss * (period - 1) + down) / period;
    }
    return loss === 0 ? (gain === 0 ? 50 : 100) : 100 - 100 / (1 + gain / loss);
  });
}
