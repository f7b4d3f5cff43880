/** One end of a flow: a pod, or an address outside the pods of the cluster. */
export interface Peer {
  /** As people call it: `<namespace>/<workload>`, or what the address is. */
  readonly name: string;
  /** What it is as a pod. @default - none: an address */
  readonly pod?: PodPeer;
  /** Its address. Network plugins differ in whether a block of addresses holds pods; here it does, which is the open answer. */
  readonly ip: string;
  /** TCP ports on which it listens. */
  readonly ports: readonly number[];
}

/** What network policies select a pod by. */
export interface PodPeer {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A port on which nobody says that they listen: it stands for all others. */
export const ANY_OTHER_PORT = 65_000;
