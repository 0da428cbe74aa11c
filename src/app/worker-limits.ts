/** Young garbage is plenty and short-lived: a small nursery costs little time and keeps the resident memory of each thread down. */
export const WORKER_LIMITS = { maxYoungGenerationSizeMb: 12 } as const;
