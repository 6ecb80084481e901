/** What a history is narrowed to. */

export interface Filter {
  readonly currency: string;
  readonly state: string;
  /** Days, as `2026-01-31`, in the member's own time; both are inside. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTER: Filter = { currency: "", state: "", from: "", to: "" };

/** The whole days of a filter as unix seconds. */
export function spanOf({ from, to }: Pick<Filter, "from" | "to">): { time_from?: number; time_to?: number } {
  const start = from ? new Date(`${from}T00:00:00`).getTime() : Number.NaN;
  const end = to ? new Date(`${to}T24:00:00`).getTime() : Number.NaN;
  return { ...(Number.isNaN(start) ? {} : { time_from: start / 1000 }), ...(Number.isNaN(end) ? {} : { time_to: end / 1000 }) };
}
