import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestCell } from "../../../test/support/test-cell.ts";

test("the admin listener tells its errors as problems, the callers' one in the callers' dialect", async (t) => {
  const { gateway } = await startTestCell(t);
  const problem = await fetch(`${gateway.adminUrl}/admin/nothing`);
  assert.equal(problem.status, 404);
  assert.equal(problem.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await problem.json(), {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: "no such path",
    code: "caller_unknown_route",
  });
  const error = await fetch(`${gateway.url}/admin/nothing`);
  assert.equal(error.headers.get("content-type"), "application/json");
});
