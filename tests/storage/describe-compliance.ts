/** Runs compliance cases under vitest. @module */
import { describe, it } from 'vitest'
import type { Stores } from '../../peer-core/ports/index.ts'
import { blobStoreCases } from '../../peer-core/testing/blob-store-compliance.ts'
import type { ComplianceCase } from '../../peer-core/testing/compliance.ts'
import { consensusLogCases } from '../../peer-core/testing/consensus-log-compliance.ts'
import { ledgerStoreCases } from '../../peer-core/testing/ledger-store-compliance.ts'
import { recordStoreCases } from '../../peer-core/testing/record-store-compliance.ts'

export function describeCompliance<T>(
  name: string,
  cases: readonly ComplianceCase<T>[],
  create: () => Promise<T>,
): void {
  describe(name, () => {
    for (const { name: sentence, run } of cases) it(sentence, () => run(create))
  })
}

/** @param create - new and empty stores; closing them is the caller's */
export function describeStores(name: string, create: () => Promise<Stores>): void {
  describeCompliance(`${name}: BlobStore`, blobStoreCases, async () => (await create()).blobs)
  describeCompliance(`${name}: LedgerStore`, ledgerStoreCases, async () => (await create()).ledger)
  describeCompliance(`${name}: RecordStore`, recordStoreCases, async () => (await create()).records)
  describeCompliance(`${name}: ConsensusLog`, consensusLogCases, async () => (await create()).records)
}
