// Owner: the gateway's thread. That there is a batch to look for, from whoever took it to whoever runs batches in this thread.

export interface BatchNews {
  tell(): void;
  /** One listener; the last one stands. */
  listen(listener: () => void): void;
}

export function createBatchNews(): BatchNews {
  let hear: (() => void) | null = null;
  return {
    tell: () => hear?.(),
    listen(listener) {
      hear = listener;
    },
  };
}
