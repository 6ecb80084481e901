/** React's view of our stores. */

import type { Store } from "@pyxiu/client";
import { useSyncExternalStore } from "react";

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.watch, store.get);
}
