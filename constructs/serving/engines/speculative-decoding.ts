import { isUnresolved } from '../../checks/unresolved';

/** Where the tokens come from that the model then verifies in one step. */
export enum SpeculativeMethod {
  /** Repeats of the prompt; needs no other model. */
  NGRAM = 'ngram',
  /** A smaller model of the same vocabulary. */
  DRAFT_MODEL = 'draft-model',
  /** A head trained for the model by EAGLE-3. */
  EAGLE3 = 'eagle3',
  /** The model's own layers for several tokens at once, as DeepSeek-V3 has them. */
  MTP = 'mtp',
}

/** Speculative decoding: several tokens are guessed, and verified by the model in one step. */
export interface SpeculativeDecoding {
  /** Where the guesses come from. */
  readonly method: SpeculativeMethod;

  /** Tokens that are guessed ahead. */
  readonly tokens: number;

  /**
   * Draft model or EAGLE-3 head: `<organization>/<model>` on the hub, or an absolute path in the container.
   *
   * @default - none; required for `DRAFT_MODEL` and `EAGLE3`
   */
  readonly draftModel?: string;

  /**
   * Commit of the draft model's repository.
   *
   * @default - none; required for a draft model on the hub
   */
  readonly draftRevision?: string;
}

/** What is wrong with speculative decoding on an engine that knows some methods. */
export function speculativeProblems(
  given: SpeculativeDecoding | undefined,
  known: readonly SpeculativeMethod[] = Object.values(SpeculativeMethod),
  revisions = true,
): string[] {
  if (given === undefined) return [];
  const { method, tokens, draftModel, draftRevision } = given;
  const problems: string[] = [];
  if (!known.includes(method)) {
    problems.push(
      `engine.speculativeDecoding.method: expected one of ${known.join(', ')}, got ${method}; this engine knows no other`,
    );
  }
  if (!isUnresolved(tokens) && (!Number.isInteger(tokens) || tokens < 1)) {
    problems.push(
      `engine.speculativeDecoding.tokens: expected a whole number from 1, got ${tokens}; 3 to 5 is a usual start`,
    );
  }
  const needsModel = method === SpeculativeMethod.DRAFT_MODEL || method === SpeculativeMethod.EAGLE3;
  if (needsModel && draftModel === undefined) {
    problems.push(
      `engine.speculativeDecoding.draftModel: expected a model for ${method}, got none; name its repository or path`,
    );
  } else if (!needsModel && draftModel !== undefined) {
    problems.push(
      `engine.speculativeDecoding.draftModel: expected none for ${method}, got ${draftModel}; leave it out`,
    );
  } else if (draftModel !== undefined && !isUnresolved(draftModel) && !draftModel.startsWith('/')) {
    if (!revisions) {
      problems.push(
        `engine.speculativeDecoding.draftModel: expected an absolute path, got ${draftModel}; this engine cannot pin the revision of a draft model on the hub`,
      );
    } else if (draftRevision === undefined || (!isUnresolved(draftRevision) && !/^[0-9a-f]{40}$/.test(draftRevision))) {
      problems.push(
        `engine.speculativeDecoding.draftRevision: expected a commit of 40 hexadecimal digits, got ${draftRevision ?? 'none'}; copy it from the draft model's history on the hub`,
      );
    }
  }
  if (draftRevision !== undefined && (draftModel === undefined || draftModel.startsWith('/'))) {
    problems.push(
      `engine.speculativeDecoding.draftRevision: expected none without a draft model on the hub, got ${draftRevision}; leave it out`,
    );
  }
  return problems;
}
