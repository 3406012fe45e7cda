// Owner: the gateway's thread. The bodies and answers that its requests hold, so that they cannot have more than the
// memory that is meant for them.

export interface BytesInFlight {
  /** False when they are too many together with those that are held: then nothing was taken. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createBytesInFlight(most: number, onChange: (held: number) => void): BytesInFlight {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > most) return false;
      onChange((held += bytes));
      return true;
    },
    giveBack: (bytes) => onChange((held -= bytes)),
  };
}
