// What became of each method of an official client, as a table at the end of the test's output.
import { after, type TestContext } from "node:test";

interface Verdict {
  readonly client: string;
  readonly method: string;
  readonly verdict: string;
}

const verdicts: Verdict[] = [];

after(() => console.table(verdicts));

export async function judge(
  t: TestContext,
  of: Omit<Verdict, "verdict">,
  run: () => Promise<void>,
): Promise<void> {
  let verdict = "fails";
  await t.test(`${of.client}: ${of.method}`, async () => {
    await run();
    verdict = "works";
  });
  verdicts.push({ ...of, verdict });
}
