/** A call of the API that the gateway offers. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** All that reaches the gateway: an engine mounts hundreds of routes beside these, of which some answer without a key. */
export const API_ROUTES: readonly ApiRoute[] = [
  { method: 'POST', path: '/v1/chat/completions' },
  { method: 'POST', path: '/v1/completions' },
  { method: 'POST', path: '/v1/embeddings' },
  { method: 'POST', path: '/v1/responses' },
  { method: 'GET', path: '/v1/models' },
];

/** Routes whose body is a prompt: text of any kind, attacks that somebody asks about among it. */
export const PROMPT_ROUTES: readonly ApiRoute[] = API_ROUTES.filter(({ method }) => method === 'POST');
