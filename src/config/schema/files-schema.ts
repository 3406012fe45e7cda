// What a tenant may leave in the cell, and for how long (docs/batches.md).
import { z } from "zod";
import { count, days } from "./vocabulary.ts";

const mebibyte = 1024 * 1024;

const batches = z
  .strictObject({
    "at-once": count(1, 256)
      .default(4)
      .describe("How many lines of all its batches are under way at once in this cell."),
    "max-open": count(1, 1_000).default(10).describe("How many batches may wait or run at once."),
  })
  .describe(
    "Files of requests may be run as batches: each line is decided and recorded as a request of its own.",
  );

export const files = z
  .strictObject({
    keep: days
      .prefault("P7D")
      .describe(
        "For how long a file is kept whose upload does not say: `P7D`. So are a batch and its results.",
      ),
    "keep-at-most": days
      .prefault("P30D")
      .describe("No file is kept for longer than this, whatever its upload says."),
    "max-bytes": count(mebibyte, Number.MAX_SAFE_INTEGER)
      .default(1024 * mebibyte)
      .describe(
        "How much all its files and batches may take on disk together, results that are being written too.",
      ),
    // A submission goes through all of them on disk, twice and some 0.2 ms each, and gives up after ten seconds.
    "max-count": count(1, 10_000)
      .default(1_000)
      .describe(
        "How many files and batches there may be together, batches that are over and their results too.",
      ),
    batches: batches.optional(),
  })
  .describe(
    "Its callers may leave files in the cell, encrypted under their subject's key (docs/batches.md). Left out: none.",
  );
