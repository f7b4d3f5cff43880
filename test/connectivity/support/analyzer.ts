import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import type { Peer } from './peer';

/** A question to the analyzer. */
export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  readonly port: number;
}

/**
 * What cyclonus says of flows under policies: whether each is allowed, in their order. It is asked by a file of flows and not by a matrix
 * of pods, because a matrix has no place for what is outside the cluster.
 *
 * @throws when it has not read every policy, or has not answered every question.
 */
export function allowedFlows(
  analyzer: string,
  policies: readonly KubernetesObject[],
  flows: readonly Flow[],
): readonly boolean[] {
  const texts = policies.map((policy) => JSON.stringify(policy));
  return answersOf(analyzer, texts, policies.length, flows);
}

/** The same, of files with policies. It reads only the first document of a file, and does not say so. */
export function answersOf(
  analyzer: string,
  files: readonly string[],
  policies: number,
  flows: readonly Flow[],
): readonly boolean[] {
  const work = mkdtempSync(join(tmpdir(), 'llm-platform-connectivity-'));
  try {
    const folder = join(work, 'policies');
    mkdirSync(folder);
    files.forEach((text, index) => writeFileSync(join(folder, `${index}.yaml`), text));
    const questions = join(work, 'flows.json');
    writeFileSync(questions, JSON.stringify(flows.map(trafficOf)));
    const output = execFileSync(
      analyzer,
      ['analyze', '--mode', 'parse,query-traffic', '--policy-path', folder, '--traffic-path', questions],
      { encoding: 'utf8', maxBuffer: 256 << 20 },
    );
    const read = new Set(output.match(/^\| [a-z0-9-]+\/[a-z0-9.-]+ (?=.*\|$)/gm)).size;
    if (read !== policies) throw new Error(`policies: expected that ${policies} were read, got ${read}`);
    const answers = [...output.matchAll(/^\| IS ALLOWED\? \|\s+(TRUE|FALSE)/gm)].map(([, answer]) => answer === 'TRUE');
    if (answers.length !== flows.length)
      throw new Error(`flows: expected ${flows.length} answers, got ${answers.length}`);
    return answers;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function trafficOf({ from, to, port }: Flow): object {
  return { Source: endOf(from), Destination: endOf(to), ResolvedPort: port, ResolvedPortName: '', Protocol: 'TCP' };
}

function endOf({ pod, ip }: Peer): object {
  if (!pod) return { IP: ip };
  const { namespace, namespaceLabels, labels } = pod;
  return { IP: ip, Internal: { Namespace: namespace, NamespaceLabels: namespaceLabels, PodLabels: labels } };
}
