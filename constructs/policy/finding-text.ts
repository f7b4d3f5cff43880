/**
 * A resolved value as findings of cdk-nag spell it, such as `<Bucket.Arn>/key` or `<aws:userid>`, for the ids of acknowledgments.
 *
 * @param resolved what `stack.resolve` made of it
 */
export function findingText(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved.replaceAll('${', '<').replaceAll('}', '>');
  const {
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
    'Fn::Sub': substituted,
    Ref: reference,
  } = resolved as { 'Fn::Join'?: [string, unknown[]]; 'Fn::GetAtt'?: string[]; 'Fn::Sub'?: unknown; Ref?: string };
  if (join) return join[1].map(findingText).join(join[0]);
  if (substituted) return findingText(substituted);
  if (attribute) return `<${attribute.join('.')}>`;
  return reference === undefined ? JSON.stringify(resolved) : `<${reference}>`;
}
