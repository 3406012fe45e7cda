import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { openTar, UnusableArchiveError } from "./tar-file.ts";

type Member = Parameters<ReturnType<typeof pack>["entry"]>[0] & { readonly text?: string };

const directory = mkdtempSync(join(tmpdir(), "bailiwick-tar-"));
after(() => rmSync(directory, { recursive: true }));

const long = `${"a-long-folder/".repeat(12)}file`;

test("the files of an archive are found and read by their paths, long ones too", async () => {
  const tar = await openTar(
    await archiveOf([
      { name: "logs", type: "directory" },
      { name: "logs/a/checkpoint", text: "one" },
      { name: "logs/a/tile/entries/000.p/3", text: "x".repeat(5000) },
      { name: "empty", text: "" },
      { name: long, text: "far" },
    ]),
  );
  assert.deepEqual(tar.names, ["logs/a/checkpoint", "logs/a/tile/entries/000.p/3", "empty", long]);
  assert.equal(Buffer.from(tar.read(long) ?? []).toString(), "far");
  assert.equal(tar.read("empty")?.length, 0);
  assert.equal(tar.read("logs/a"), null);
  const log = tar.below("logs/a");
  assert.equal(Buffer.from((await log.read("checkpoint")) ?? []).toString(), "one");
  assert.equal((await log.read("tile/entries/000.p/3"))?.length, 5000);
  assert.deepEqual(await log.list("tile/entries"), ["000.p"]);
  assert.deepEqual(await log.list("tile/entries/000.p"), ["3"]);
  assert.deepEqual(await log.list("checkpoints"), []);
  tar.close();
});

const refused: readonly {
  readonly title: string;
  readonly members: readonly Member[];
  readonly says: RegExp;
}[] = [
  { title: "climbs out", members: [{ name: "logs/../../etc/passwd", text: "x" }], says: /outside/ },
  { title: "is absolute", members: [{ name: "/etc/passwd", text: "x" }], says: /outside/ },
  { title: "has an empty part", members: [{ name: "logs//checkpoint", text: "x" }], says: /outside/ },
  { title: "has a backslash", members: [{ name: "logs\\checkpoint", text: "x" }], says: /outside/ },
  {
    title: "is in it twice",
    members: [
      { name: "a", text: "x" },
      { name: "a", text: "y" },
    ],
    says: /twice/,
  },
  { title: "is a link", members: [{ name: "a", type: "symlink", linkname: "/etc/passwd" }], says: /a link/ },
  { title: "is a hard link", members: [{ name: "a", type: "link", linkname: "b" }], says: /a link/ },
  {
    title: "is a directory that climbs out",
    members: [{ name: "../a", type: "directory" }],
    says: /outside/,
  },
];

for (const { title, members, says } of refused) {
  test(`an archive with a member that ${title} is refused`, async () => {
    const file = await archiveOf(members);
    await assert.rejects(
      openTar(file),
      (error: unknown) => error instanceof UnusableArchiveError && says.test(error.message),
    );
  });
}

test("an archive that is cut anywhere is refused, or lacks the members that were cut off", async () => {
  const whole = await bytesOf([
    { name: "a", text: "x".repeat(600) },
    { name: "b", text: "y" },
  ]);
  for (let length = 1; length < 2560; length += 64) {
    const file = join(directory, "cut.tar");
    writeFileSync(file, whole.subarray(0, length));
    const names = await openTar(file).then(
      (tar) => {
        tar.close();
        return tar.names;
      },
      (error: unknown) => {
        assert.ok(error instanceof UnusableArchiveError);
        return null;
      },
    );
    assert.ok(names === null || names.length < 2 || length >= 2048, `cut to ${length}`);
  }
});

test("something that is no archive is refused, and a file that is not there is the system's error", async () => {
  const file = join(directory, "noise");
  writeFileSync(file, Buffer.alloc(4096, 7));
  await assert.rejects(openTar(file), UnusableArchiveError);
  await assert.rejects(openTar(join(directory, "none")), { code: "ENOENT" });
});

let count = 0;

async function archiveOf(members: readonly Member[]): Promise<string> {
  const file = join(directory, `${count++}.tar`);
  writeFileSync(file, await bytesOf(members));
  return file;
}

function bytesOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { text, ...header } of members) archive.entry(header, text ?? "");
  archive.finalize();
  return buffer(archive);
}
