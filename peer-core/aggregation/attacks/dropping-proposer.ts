/**
 * A proposer that leaves chosen peers out of the round it proposes: censorship rather than forgery.
 * @module
 */

/**
 * @param contributions - what the proposer holds
 * @param peerOf - who sent one
 * @param victims - whom it drops
 * @returns what it proposes, in the order given
 */
export function dropPeers<T>(
  contributions: readonly T[],
  peerOf: (item: T) => string,
  victims: ReadonlySet<string>,
): T[] {
  return contributions.filter((item) => !victims.has(peerOf(item)))
}
