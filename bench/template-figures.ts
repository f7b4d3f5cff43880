import { type SynthesizedTemplate } from './app-process';
import { type Figure, figure } from './figure';

/** Most resources of a template; CloudFormation takes 500. */
const MAX_RESOURCES = 400;

/** Most bytes of a template; CloudFormation takes 1,000,000. */
const MAX_BYTES = 700_000;

/** How large the largest templates are, beside what is allowed. */
export function templateFigures(templates: readonly SynthesizedTemplate[], where: string): Figure[] {
  const most = templates.reduce((a, b) => (b.resources > a.resources ? b : a));
  const largest = templates.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return [
    figure({
      what: `resources of the largest template with ${where}`,
      unit: 'resources',
      samples: [most.resources],
      target: { of: 'value', atMost: MAX_RESOURCES },
      notes: most.stack,
    }),
    figure({
      what: `bytes of the largest template with ${where}`,
      unit: 'bytes',
      samples: [largest.bytes],
      target: { of: 'value', atMost: MAX_BYTES },
      notes: largest.stack,
    }),
  ];
}
