import { chat } from './asking';

/** A request of some kind. */
export interface AskedKind {
  readonly kind: string;
  readonly path: string;
  readonly body: object | string;
  /** The caller gives up after this many milliseconds. */
  readonly giveUpMs?: number;
}

const CHAT = '/v1/chat/completions';
const COMPLETIONS = '/v1/completions';
/** More tokens than the engine was told to serve. */
const TOO_LONG = 'canary '.repeat(12_000);
const LONG_ANSWER_TOKENS = 1_500;

const wrong = (kind: string, changes: object): AskedKind => ({
  kind,
  path: CHAT,
  body: { ...chat(8, false), ...changes },
});
const responseFormat = (schema: object): object => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});

/** Twelve mistakes of clients. */
export const MISTAKES: readonly AskedKind[] = [
  { kind: 'prompt too long', path: CHAT, body: chat(8, false, TOO_LONG) },
  { kind: 'prompt too long, stream', path: CHAT, body: chat(8, true, TOO_LONG) },
  { kind: 'prompt too long, completions', path: COMPLETIONS, body: { model: 'chat', prompt: TOO_LONG, max_tokens: 8 } },
  wrong('max_tokens too large', { max_tokens: 500_000 }),
  wrong('unknown model', { model: 'other' }),
  { kind: 'malformed JSON', path: CHAT, body: '{nope' },
  { kind: 'no messages', path: CHAT, body: { model: 'chat' } },
  wrong('temperature -1', { temperature: -1 }),
  wrong('bad schema', responseFormat({ type: 'nonsense' })),
  wrong('bad regular expression', { structured_outputs: { regex: '((' } }),
  wrong('tool_choice without tools', { tool_choice: 'auto' }),
  wrong('image for a text model', {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aaaa' } }] }],
  }),
];

/** Every kind of request that is sent to a healthy engine. */
export const KINDS: readonly AskedKind[] = [
  { kind: 'whole', path: CHAT, body: chat(8, false) },
  { kind: 'stream', path: CHAT, body: chat(8, true) },
  ...MISTAKES,
  { kind: 'unknown path', path: '/v1/nothing', body: {} },
  { kind: 'given up, whole', path: CHAT, body: chat(LONG_ANSWER_TOKENS, false), giveUpMs: 1_000 },
  { kind: 'given up, stream', path: CHAT, body: chat(LONG_ANSWER_TOKENS, true), giveUpMs: 1_000 },
];
