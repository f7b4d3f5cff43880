import type { Stack } from 'aws-cdk-lib';
import ts from 'typescript';
import * as library from '../../constructs';
import type { Fence } from './fences';
import { exampleStack, GIVEN } from './given';

/** Runs an example in a stack of its own and returns the stack, not synthesized yet. */
export function runExample(fence: Fence): Stack {
  const stack = exampleStack();
  const { outputText } = ts.transpileModule(fence.code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  });
  const load = (name: string): unknown => (name === 'cdk-llm-platform' ? library : module.require(name));
  // The code is our own documents', and only a function of this realm makes objects that the library takes for its own.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function('require', 'exports', ...fence.given, outputText) as (...args: unknown[]) => void;
  run(load, {}, ...fence.given.map((name) => GIVEN[name].value(stack)));
  return stack;
}
