import { Argument, type Command as Commander, type Option } from "commander";
import type { CompletedCommand, CompletedWord } from "./completed-command.ts";
import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { zshScript } from "./completion-zsh.ts";
import { exitCode } from "./exit-code.ts";
import type { Command } from "./command.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for your shell")
    .addArgument(new Argument("<shell>", "the shell that will read it").choices(Object.keys(scripts)))
    .addHelpText("after", "\nExample:\n  source <(bailiwick completion bash)")
    .runs(async (terminal, shell: keyof typeof scripts) => {
      await terminal.print(scripts[shell](completedCommands(program)));
      return exitCode.ok;
    });
}

function completedCommands(command: Commander, path = ""): readonly CompletedCommand[] {
  const words = [
    ...command.commands.map((child) => word(child.name(), child.description(), "command")),
    ...command.registeredArguments.flatMap((argument) =>
      (argument.argChoices ?? []).map((choice) => word(choice, "", "argument")),
    ),
    ...command.options.map((option) => word(option.long ?? option.flags, option.description, kindOf(option))),
    word("--help", "display help for command", "option"),
  ];
  const children = command.commands.flatMap((child) => completedCommands(child, `${path} ${child.name()}`));
  return [{ path, words }, ...children];
}

function word(word: string, description: string, kind: CompletedWord["kind"]): CompletedWord {
  return { word, description, kind };
}

function kindOf(option: Option): CompletedWord["kind"] {
  return option.isBoolean() ? "option" : "option-with-value";
}
