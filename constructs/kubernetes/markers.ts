import { type Stack, Token, Tokenization } from 'aws-cdk-lib';
import { type Json, MARKER, type Marker, type ValueType } from './contract/release-document';
import { LateMap } from './late-map';

/**
 * Replaces every token in the objects by a typed marker.
 *
 * A custom resource's properties reach its handler as text, and JSON with tokens inside cannot be an asset; so the
 * structure travels in the asset and only the values in the properties.
 *
 * @returns objects with markers, and the tokens that fill them at deploy time
 */
export function markTokens(stack: Stack, objects: readonly unknown[]) {
  const marking = new Marking(stack);
  return { objects: objects.map((object) => marking.mark(object)), values: marking.values };
}

class Marking {
  public readonly values: Record<string, unknown> = {};
  private readonly keys = new Map<string, string>();

  constructor(private readonly stack: Stack) {}

  public mark(node: unknown): Json | Marker {
    if (typeof node === 'string') return Token.isUnresolved(node) ? this.markText(node) : node;
    if (typeof node === 'number') return Token.isUnresolved(node) ? this.value(node, 'number') : node;
    if (Array.isArray(node)) {
      // A list that is a token has one text; other lists break the look-up.
      return typeof node[0] === 'string' && Tokenization.reverseList(node as string[])
        ? this.value(node, 'list')
        : node.map((item) => this.mark(item));
    }
    // An opaque token in the place of a whole value: its shape is known only when it is resolved, so it travels as JSON.
    if (Tokenization.isResolvable(node)) return this.value(node, 'json');
    if (typeof node === 'object' && node !== null) return this.markMap(node as Record<string, unknown>);
    return node as Json;
  }

  private markMap(map: Record<string, unknown>): Json | Marker {
    if (MARKER in map) throw new Error(`release: a Kubernetes object may not have a field named ${MARKER}; rename it`);
    const entries = Object.entries(map).filter(([, value]) => value !== undefined);
    if (entries.some(([key]) => Token.isUnresolved(key))) {
      return {
        [MARKER]: 'map',
        entries: entries.map(([key, value]) => [Token.isUnresolved(key) ? this.markText(key) : key, this.mark(value)]),
      };
    }
    return Object.fromEntries(entries.map(([key, value]) => [key, this.mark(value)]));
  }

  private markText(text: string): Marker {
    const body = parseContainer(text);
    if (body !== undefined) return { [MARKER]: 'jsonText', body: this.mark(body) };
    const fragments = Tokenization.reverseString(text);
    if (fragments.length === 1 && fragments.firstToken instanceof LateMap)
      return this.value(fragments.firstToken, 'json');
    const parts = [fragments.join({ join: (left: unknown, right: unknown) => [left, right].flat() }) as unknown].flat();
    const marked = parts.map((part) => (Token.isUnresolved(part) ? this.value(part, 'string') : String(part)));
    return marked.length === 1 && typeof marked[0] !== 'string' ? marked[0] : { [MARKER]: 'text', parts: marked };
  }

  private value(token: unknown, type: ValueType): Marker {
    const resolved = this.stack.resolve(token) as unknown;
    // What is plain now may become something else until the template is written: two that are the same today are not one.
    const identity = typeof resolved === 'object' ? `${type}:${JSON.stringify(resolved)}` : `${type} ${String(token)}`;
    let key = this.keys.get(identity);
    if (key === undefined) {
      key = `v${this.keys.size}`;
      this.keys.set(identity, key);
      this.values[key] = type === 'json' ? this.stack.toJsonString(token) : token;
    }
    return { [MARKER]: 'value', value: key, type };
  }
}

/** The value of a string that is a JSON object or array, so that tokens inside it are escaped as JSON; else undefined. */
function parseContainer(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Text that only looks like JSON (a template, a flow-style YAML map) is treated as text.
    return undefined;
  }
}
