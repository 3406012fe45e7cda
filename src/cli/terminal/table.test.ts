import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell, and no line ends in blanks", () => {
  assert.equal(
    stripVTControlCharacters(
      formatTable(
        ["CELL", "URL"],
        [
          ["eu-frankfurt", "http://127.0.0.1:7401"],
          ["x", ""],
        ],
      ),
    ),
    ["CELL          URL", "eu-frankfurt  http://127.0.0.1:7401", "x"].join("\n"),
  );
});

test("colour does not count as width, and a letter outside ASCII counts once", () => {
  assert.equal(
    formatTable(["A", "B"], [["\u001b[31mño\u001b[39m", "1"]]).split("\n")[1],
    "\u001b[31mño\u001b[39m  1",
  );
});
