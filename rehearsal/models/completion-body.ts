/** What a client asks of a model. */
export interface CompletionBody {
  readonly stream: boolean;
  /** Tokens after which the answer is to end. @default - the model's own length */
  readonly maxTokens?: number;
  readonly promptTokens: number;
}

/** A client's mistake, and how it is answered. */
export interface Refusal {
  readonly status: 400 | 404;
  readonly message: string;
  /** Found by the engine's own checks of a request, rather than by those of its form. */
  readonly byEngine: boolean;
}

/** What the model can do. */
export interface CompletionLimits {
  /** Name of the model; undefined: any. */
  readonly modelName?: string;
  /** Tokens of a prompt and its answer together. */
  readonly maxModelLen: number;
}

interface Asked {
  readonly model?: string;
  readonly prompt?: unknown;
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly tools?: unknown;
  readonly tool_choice?: string;
  readonly response_format?: { readonly json_schema?: { readonly schema?: { readonly type?: unknown } } };
  readonly structured_outputs?: { readonly regex?: string };
}

const CHARACTERS_PER_TOKEN = 4;
const SCHEMA_TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/**
 * Reads the body of a completion as vLLM does, as far as a simulated model understands it.
 *
 * @param chat whether it is a chat completion, which has messages in place of a prompt
 */
export function readCompletion(body: string, chat: boolean, limits: CompletionLimits): CompletionBody | Refusal {
  const asked = parse(body);
  if (asked === undefined) return malformed('the body is not a JSON object');
  const prompt = chat ? asked.messages : asked.prompt;
  if (prompt === undefined) return malformed(`${chat ? 'messages' : 'prompt'}: field required`);
  if (asked.tool_choice === 'auto' && asked.tools === undefined)
    return malformed('When using `tool_choice`, `tools` must be set.');
  if (asked.model !== undefined && asked.model !== (limits.modelName ?? asked.model))
    return { status: 404, message: `The model \`${asked.model}\` does not exist.`, byEngine: false };
  const promptTokens = Math.ceil(JSON.stringify(prompt).length / CHARACTERS_PER_TOKEN);
  const problem = problemOf(asked, promptTokens, limits.maxModelLen);
  return problem === undefined
    ? { stream: asked.stream === true, maxTokens: asked.max_tokens, promptTokens }
    : { status: 400, message: problem, byEngine: true };
}

function problemOf(asked: Asked, promptTokens: number, maxModelLen: number): string | undefined {
  const { max_tokens: maxTokens = 1, temperature = 0, response_format: format, structured_outputs: outputs } = asked;
  if (promptTokens + maxTokens > maxModelLen)
    return `This model's maximum context length is ${maxModelLen} tokens, ${promptTokens} of a prompt and ${maxTokens} of an answer were asked for.`;
  if (temperature < 0) return `temperature must be non-negative, got ${temperature}.`;
  const type = format?.json_schema?.schema?.type;
  if (typeof type === 'string' && !SCHEMA_TYPES.includes(type)) return `Invalid JSON schema: unknown type ${type}.`;
  if (outputs?.regex !== undefined && !isRegex(outputs.regex)) return `Invalid regex: ${outputs.regex}`;
  const parts = (asked.messages ?? []).flatMap(({ content }) =>
    Array.isArray(content) ? (content as { readonly type?: string }[]) : [],
  );
  return parts.some((part) => part.type === 'image_url') ? 'The model does not take images.' : undefined;
}

function malformed(message: string): Refusal {
  return { status: 400, message, byEngine: false };
}

function parse(body: string): Asked | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
