/** What becomes of a request or an answer in which a guardrail finds something. */
export enum GuardrailAction {
  /** It is refused; a stream ends with `finish_reason: content_filter`. */
  BLOCK = 'block',
  /** What was found is replaced. */
  MASK = 'mask',
  /** It passes, and the audit log says so. */
  REPORT = 'report',
}

/** Options of the guardrail that finds personal data. */
export interface PiiGuardrailOptions {
  /** Kinds of data that are looked for, by their names in Presidio, such as `EMAIL_ADDRESS`. */
  readonly entities: string[];

  /**
   * Longest text that is looked through, characters: it costs about 0.1 ms of CPU a character.
   *
   * @default 20000
   */
  readonly maxCharacters?: number;
}

/** Options of the guardrail on answers. */
export interface OutputGuardrailOptions {
  /**
   * Look for keys and passwords by their patterns.
   *
   * @default true
   */
  readonly secretPatterns?: boolean;

  /**
   * Look for active HTML, and for images that would be fetched from elsewhere.
   *
   * @default true
   */
  readonly activeHtml?: boolean;
}

/**
 * A check of what goes into a model, or comes out of it. It finds part of what it looks for: its measured recall is in the README of the
 * gateway's program.
 *
 * @example
 * const pii = Guardrail.pii('pii', { entities: ['EMAIL_ADDRESS', 'CREDIT_CARD'] });
 */
export class Guardrail {
  /** Personal data, found by Presidio. */
  public static pii(name: string, options: PiiGuardrailOptions): Guardrail {
    const { entities, maxCharacters = 20_000 } = options;
    return new Guardrail(name, 'pii', { entities, maxCharacters });
  }

  /** Prompt injection, found by rules. */
  public static injectionRules(name: string): Guardrail {
    return new Guardrail(name, 'injection-rules', {});
  }

  /** Answers with secrets, or with HTML that acts. */
  public static outputRules(name: string, options: OutputGuardrailOptions = {}): Guardrail {
    const { secretPatterns = true, activeHtml = true } = options;
    return new Guardrail(name, 'output-rules', { secretPatterns, activeHtml });
  }

  /**
   * A kind that the image knows and this class does not.
   *
   * @param name name by which tenants have it
   * @param kind its kind
   * @param settings its settings, as the program reads them
   */
  public static of(name: string, kind: string, settings: { [key: string]: unknown } = {}): Guardrail {
    return new Guardrail(name, kind, settings);
  }

  private constructor(
    /** Name by which tenants have it. */
    public readonly name: string,
    /** What it looks for. */
    public readonly kind: string,
    /**
     * Its settings.
     *
     * @internal
     */
    public readonly _settings: { readonly [key: string]: unknown },
  ) {}
}
