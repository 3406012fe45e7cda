// What the names at the top of a file stand for: its functions and classes, what it imports, what it exports.
import { dirname, join } from "node:path/posix";
import type { Node, StaticExportEntry, StaticImport } from "oxc-parser";
import { parseFile } from "./syntax-tree.ts";

export interface Name {
  readonly file: string;
  readonly name: string;
}

export interface ModuleNames {
  readonly declarations: ReadonlyMap<string, Node>;
  /** By the name in this file. */
  readonly imports: ReadonlyMap<string, Name>;
  /** By the name for others; of this file or, if it is re-exported, of another. `export *` is not read, for no file has it. */
  readonly exports: ReadonlyMap<string, Name>;
}

export function readModuleNames(file: string, text: string): ModuleNames {
  const { program, module } = parseFile(file, text);
  const exports = module.staticExports.flatMap(({ entries }) => entries).filter(({ isType }) => !isType);
  return {
    declarations: new Map(program.body.flatMap(declaredBy)),
    imports: new Map(module.staticImports.flatMap((found) => importedNames(file, found))),
    exports: new Map(exports.flatMap((entry) => exportedName(file, entry))),
  };
}

function declaredBy(statement: Node): readonly (readonly [string, Node])[] {
  if (statement.type === "ExportNamedDeclaration")
    return statement.declaration ? declaredBy(statement.declaration) : [];
  if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration")
    return statement.id ? [[statement.id.name, statement]] : [];
  if (statement.type !== "VariableDeclaration") return [];
  return statement.declarations.flatMap(({ id, init }) =>
    id.type === "Identifier" && init && isFunction(init) ? [[id.name, init] as const] : [],
  );
}

function isFunction({ type }: Node): boolean {
  return type === "ArrowFunctionExpression" || type === "FunctionExpression";
}

function importedNames(
  file: string,
  { moduleRequest, entries }: StaticImport,
): readonly (readonly [string, Name])[] {
  const target = targetOf(file, moduleRequest.value);
  return entries.flatMap(({ isType, localName, importName: { name } }) =>
    isType || name === null ? [] : [[localName.value, { file: target, name }] as const],
  );
}

function exportedName(file: string, entry: StaticExportEntry): readonly (readonly [string, Name])[] {
  const { exportName, importName, localName, moduleRequest } = entry;
  const name = moduleRequest ? importName.name : localName.name;
  if (exportName.name === null || name === null) return [];
  return [[exportName.name, { file: moduleRequest ? targetOf(file, moduleRequest.value) : file, name }]];
}

/** A package's name becomes a path that no file has. */
function targetOf(file: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
}
