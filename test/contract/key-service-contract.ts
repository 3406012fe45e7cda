// What every key service does, wherever it keeps its key. Each implementation runs this suite from its own test file.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  type WrappedKey,
} from "../../src/keys/key-services/key-service.ts";

/** Whoever starts them closes them. */
export interface KeyServiceSubject {
  readonly service: KeyService;
  /** The same key, opened again as after a restart. */
  readonly reopen: () => Promise<KeyService>;
  /** A service of the same kind with another key: another cell's. */
  readonly elsewhere: () => Promise<KeyService>;
}

export interface ContractExceptions {
  /** Why versions are not told apart; absent where they are. */
  readonly versions?: string;
  /** Why the suite cannot run here; it says so instead of passing. */
  readonly absent?: string | undefined;
}

export const context: KeyContext = {
  deployment: "acme.example",
  cell: "eu-frankfurt",
  kind: "subject-key",
  handle: "0123456789abcdef0123456789abcdef",
};

const moves: readonly (readonly [title: string, moved: KeyContext])[] = [
  ["handle", { ...context, handle: "fedcba9876543210fedcba9876543210" }],
  ["cell", { ...context, cell: "us-virginia" }],
  ["deployment", { ...context, deployment: "other.example" }],
  ["kind", { ...context, kind: "handle-key" }],
];

export function keyServiceContract(
  name: string,
  start: () => Promise<KeyServiceSubject>,
  exceptions: ContractExceptions = {},
): void {
  const behaviour = (title: string, run: (subject: KeyServiceSubject) => Promise<void>) => {
    test(`${name}: ${title}`, { skip: exceptions.absent ?? false }, async () => run(await start()));
  };

  behaviour("what is wrapped is unwrapped, also after a restart", async ({ service, reopen }) => {
    const secret = randomBytes(32);
    const wrapped = await service.wrap(secret, context);
    assert.deepEqual(Buffer.from(await service.unwrap(wrapped, context)), secret);
    const again = await reopen();
    assert.deepEqual(Buffer.from(await again.unwrap(wrapped, context)), secret);
  });

  behaviour(
    "what is wrapped does not hold what was wrapped, and is never the same twice",
    async ({ service }) => {
      const secret = randomBytes(32);
      const [one, other] = [await service.wrap(secret, context), await service.wrap(secret, context)];
      assert.equal(Buffer.from(one.ciphertext).indexOf(secret), -1);
      assert.notDeepEqual(one.ciphertext, other.ciphertext);
    },
  );

  for (const [title, moved] of moves) {
    behaviour(`a key that was moved to another ${title} is refused`, async ({ service }) => {
      const wrapped = await service.wrap(randomBytes(32), context);
      await assert.rejects(service.unwrap(wrapped, moved), KeyRefusedError);
      await assert.rejects(service.rewrap(wrapped, moved), KeyRefusedError);
    });
  }

  behaviour("another cell's service unwraps nothing", async ({ service, elsewhere }) => {
    const other = await elsewhere();
    const wrapped = await service.wrap(randomBytes(32), context);
    await assert.rejects(other.unwrap(wrapped, context), KeyRefusedError);
    const { key } = await other.describe();
    await assert.rejects(other.unwrap({ ...wrapped, key }, context), KeyRefusedError);
  });

  behaviour("no truncation and no flipped bit is unwrapped", async ({ service }) => {
    const wrapped = await service.wrap(randomBytes(32), context);
    for (const ciphertext of damages(wrapped)) {
      await assert.rejects(service.unwrap({ ...wrapped, ciphertext }, context), KeyRefusedError);
    }
  });

  behaviour(
    "after a rotation old and new keys open, and a rewrapped key is under the newest version",
    async (subject) => {
      const { service, reopen } = subject;
      const secret = randomBytes(32);
      const before = await service.wrap(secret, context);
      const rotated = await service.rotate();
      assert.deepEqual(await service.describe(), rotated);
      const rewrapped = await service.rewrap(before, context);
      const again = await reopen();
      for (const wrapped of [before, rewrapped, await again.wrap(secret, context)]) {
        assert.deepEqual(Buffer.from(await again.unwrap(wrapped, context)), secret);
      }
      if (exceptions.versions !== undefined) return;
      assert.notEqual(before.version, rotated.version);
      assert.deepEqual({ key: rewrapped.key, version: rewrapped.version }, rotated);
    },
  );

  behaviour("calls side by side do not disturb each other", async ({ service }) => {
    const secrets = Array.from({ length: 16 }, () => randomBytes(32));
    const wrapped = await Promise.all(secrets.map((secret) => service.wrap(secret, context)));
    const unwrapped = await Promise.all(wrapped.map((key) => service.unwrap(key, context)));
    assert.deepEqual(
      unwrapped.map((secret) => Buffer.from(secret)),
      secrets,
    );
  });
}

/** Every length and, one of each byte's in turn, every bit's place: services far away are asked often enough. */
function damages({ ciphertext }: WrappedKey): readonly Uint8Array[] {
  const cut = Array.from(ciphertext, (_, length) => ciphertext.subarray(0, length));
  const flipped = Array.from(ciphertext, (_, at) =>
    ciphertext.map((byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte)),
  );
  return [...cut, ...flipped];
}
