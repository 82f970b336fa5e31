/** Units: every duration is in milliseconds, every size in bytes. @module */
export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute

export const kiB = 1024
export const MiB = 1024 * kiB
export const GiB = 1024 * MiB
