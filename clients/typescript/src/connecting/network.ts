/** Says whether this machine has a network. A hint: `online` shortens a pause, `offline` ends a connection that would only time out. */
export interface Network {
  isOnline(): boolean;
  /** Calls back when that changes; the answer stops it. */
  subscribe(changed: () => void): () => void;
}

/** The browser's own events; in Node and React Native, which have none, always online. */
export function browserNetwork(): Network {
  const scope = globalThis as unknown as Partial<EventTarget> & { navigator?: { onLine?: boolean } };
  return {
    isOnline: () => scope.navigator?.onLine !== false,
    subscribe(changed) {
      scope.addEventListener?.("online", changed);
      scope.addEventListener?.("offline", changed);
      return () => {
        scope.removeEventListener?.("online", changed);
        scope.removeEventListener?.("offline", changed);
      };
    },
  };
}
