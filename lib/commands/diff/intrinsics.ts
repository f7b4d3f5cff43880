/** A value of a template as a person reads it: literals as they are, references as `${Name}` or `${Name.Attribute}`. */
export function shortText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(shortText).join(',');
  const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) return JSON.stringify(value);
  switch (name) {
    case 'Ref': return `\${${String(argument)}}`;
    case 'Fn::GetAtt': return `\${${[argument].flat().join('.')}}`;
    case 'Fn::ImportValue': return `\${${shortText(argument)}}`;
    case 'Fn::Sub': return shortText([argument].flat()[0]);
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return Array.isArray(parts) ? parts.map(shortText).join(delimiter) : JSON.stringify(value);
    }
    case 'Fn::GetStackOutput': {
      const { StackName, OutputName } = argument as { StackName: unknown; OutputName: unknown };
      return `\${${shortText(StackName)}.${shortText(OutputName)}}`;
    }
    default: return JSON.stringify(value);
  }
}
