// Reading what may not be there: a missing file is an answer, every other fault stays a fault.

export async function absentAs<Value, Absent>(
  reading: Promise<Value>,
  absent: Absent,
): Promise<Value | Absent> {
  try {
    return await reading;
  } catch (error) {
    return absentOrThrow(error, absent);
  }
}

/** The same for a read that blocks its thread. */
export function absentAsSync<Value, Absent>(read: () => Value, absent: Absent): Value | Absent {
  try {
    return read();
  } catch (error) {
    return absentOrThrow(error, absent);
  }
}

function absentOrThrow<Absent>(error: unknown, absent: Absent): Absent {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
  throw error;
}
