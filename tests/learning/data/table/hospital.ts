/** A small table as a hospital might send it. */
import { DataError, type DataFault, type NamedBytes } from '../../../../peer-core/learning/index.ts'

export const patients = `age,smoker,pain,pressure,sick
60,yes,1,120,0
40,no,2.0,?,1
50,yes,2,140,3
70,,1,-9,0
`

export function file(text: string, name = 'patients.csv'): NamedBytes {
  return { name, bytes: new TextEncoder().encode(text) }
}

export function faultOf(run: () => unknown): DataFault {
  try {
    run()
  } catch (error) {
    if (error instanceof DataError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}
