/** The cache of answers. Writes are never repeated by it, reads only where nobody has answered. */

import { ApiFailure } from "@pyxiu/client";
import { QueryClient } from "@tanstack/react-query";

const RETRIES_MAX = 2;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, failure) =>
        count < RETRIES_MAX && (!(failure instanceof ApiFailure) || failure.status === 0 || failure.status >= 500),
    },
    mutations: { retry: false },
  },
});
