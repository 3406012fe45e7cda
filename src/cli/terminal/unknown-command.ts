import { closest } from "../../config/index.ts";
import type { Command } from "./command.ts";

/** Says what may have been meant: a command that is spelt almost so, or one of that name that lies further in. */
export function suggestForUnknownCommands(program: Command): void {
  program.on("command:*", ([name = ""]: readonly string[]) => {
    program.error(`error: unknown command '${name}'${hintFor(program, name)}`);
  });
}

function hintFor({ commands }: Command, name: string): string {
  const further = commands.flatMap((group) =>
    group.commands.filter((inner) => inner.name() === name).map((inner) => `${group.name()} ${inner.name()}`),
  );
  const near = closest(
    name,
    commands.map((each) => each.name()),
  );
  // One that is called just so is likelier than a slip of the finger.
  const meant = further.length === 0 && near !== null ? [near] : further;
  return meant.length === 0 ? "" : `; did you mean ${meant.map((each) => `\`${each}\``).join(" or ")}?`;
}
