/** What leaves a network for the internet. */
export interface NetworkEgress {
  /**
   * Domains that may be reached, by TLS alone: `huggingface.co`, and `*.hf.co` for all names below it. Nothing else of the internet is reached or
   * resolved. What the platform downloads is in the README of the network.
   */
  readonly allowedDomains: string[];
}
