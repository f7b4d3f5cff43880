import * as path from 'node:path';
import ts from 'typescript';
import { type Fence, ROOT } from './fences';
import { GIVEN } from './given';

/** Folder in which examples are compiled; nothing is written there. From it, `../lib` is what it is from `environments/`. */
const FOLDER = path.join(ROOT, 'examples');

/** A fence as a module of this repository. */
export function moduleOf(fence: Fence): { readonly text: string; readonly linesBefore: number } {
  const unknown = fence.given.filter((name) => GIVEN[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `${fence.document}:${fence.line - 1}: given: expected ${Object.keys(GIVEN).join(', ')}, got ${unknown.join(', ')}; add it to test/docs/given.ts`,
    );
  }
  const before = [...fence.given.map((name) => `declare const ${name}: ${GIVEN[name].type};`), 'export {};'];
  return {
    text: [...before, fence.code, ''].join('\n').replaceAll("'cdk-llm-platform'", "'../constructs'"),
    linesBefore: before.length,
  };
}

/** What is wrong with the types of examples, one problem per line: `<document>:<line>: <message>`. All are checked as one program. */
export function typeProblems(fences: readonly Fence[]): string[] {
  const examples = new Map(
    fences.map((fence, index) => [path.join(FOLDER, `example-${index}.ts`), { fence, ...moduleOf(fence) }]),
  );
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  // An example need not use what it makes.
  const program = ts.createProgram(
    [...examples.keys()],
    { ...options, types: ['node'], noUnusedLocals: false },
    hostOf(examples, options),
  );
  return [...examples].flatMap(([file, { fence, linesBefore }]) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText }) => {
        const { line } = source.getLineAndCharacterOfPosition(start);
        return `${fence.document}:${line - linesBefore + fence.line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      },
    );
  });
}

function hostOf(
  examples: ReadonlyMap<string, { readonly text: string }>,
  options: ts.CompilerOptions,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  // The index of aws-cdk-lib names every service: 34 MB of declarations that no example uses by that name. Reading only the
  // core, and no doc comments, takes the check from 8 s to 3 s.
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
  const instead = new Map([[path.join(ROOT, 'node_modules/aws-cdk-lib/index.d.ts'), "export * from './core';"]]);
  for (const [file, { text }] of examples) instead.set(file, text);
  host.fileExists = (file) => instead.has(file) || fileExists(file);
  host.readFile = (file) => instead.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = instead.get(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
  };
  return host;
}
