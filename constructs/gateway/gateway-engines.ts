import { type IGatewayEngine } from './gateway-engine';
import { LiteLlmEngine } from './lite-llm-engine';

/** The engines that come with the library. */
export class GatewayEngine {
  /** LiteLLM 1.108, without its management side: no database, no web page, no keys of its own. */
  public static liteLlm(): IGatewayEngine {
    return new LiteLlmEngine();
  }

  private constructor() {}
}
