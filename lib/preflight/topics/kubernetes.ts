import { type Topic, verdict } from '../check';

/** The version of a new cluster. */
export const kubernetesChecks: Topic = ({ needs: { kubernetesVersion }, account }) => kubernetesVersion === undefined ? [] : [{
  check: 'EKS',
  needed: `Kubernetes ${kubernetesVersion}`,
  find: async () => {
    const versions = await account.kubernetesVersions();
    return verdict(versions.includes(kubernetesVersion), versions.join(', '), `choose a region where EKS offers Kubernetes ${kubernetesVersion}, or another version in constructs/cluster`);
  },
}];
