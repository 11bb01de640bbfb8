/** A send that is not decided yet. */
export interface OutboxEntry {
  readonly groupId: string;
  readonly clientMessageId: string;
  readonly body: string;
  /** Ascends in the order of the calls. */
  readonly order: number;
  /** `queued` until a gateway accepted it, then `sent` until it is delivered or rejected. */
  readonly state: "queued" | "sent";
  /** Unix time in milliseconds of the call. */
  readonly createdAt: number;
}

/**
 * Where sends are kept until they are decided. What `put` resolved for is in the next `load`, after a crash too, unless it was deleted.
 * One client at a time uses a storage.
 */
export interface OutboxStorage {
  load(): Promise<readonly OutboxEntry[]>;
  /** Adds or replaces by client message id. */
  put(entry: OutboxEntry): Promise<void>;
  delete(clientMessageId: string): Promise<void>;
}

/** The default: survives lost connections, not a reload. */
export function memoryOutbox(): OutboxStorage {
  const entries = new Map<string, OutboxEntry>();
  return {
    load: async () => [...entries.values()],
    put: async (entry) => void entries.set(entry.clientMessageId, entry),
    delete: async (clientMessageId) => void entries.delete(clientMessageId),
  };
}

/** Survives a reload of the page. One name per user, or the next one to sign in would send what is left. */
export function indexedDbOutbox(name: string): OutboxStorage {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(`connectchat-outbox-${name}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("entries", { keyPath: "clientMessageId" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // Told to whoever uses the storage; without a use it is nobody's error.
  opened.catch(() => {});
  const run = async <T>(mode: IDBTransactionMode, act: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await opened).transaction("entries", mode);
    const request = act(transaction.objectStore("entries"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  };
  return {
    load: () => run<OutboxEntry[]>("readonly", (entries) => entries.getAll()),
    put: (entry) => run("readwrite", (entries) => entries.put(entry)).then(() => {}),
    delete: (clientMessageId) => run("readwrite", (entries) => entries.delete(clientMessageId)).then(() => {}),
  };
}
