/** Items and successes of one stratum. */
export type BinaryCount = { readonly n: number; readonly x: number }

/** Items, mean and m2 = sum of (value - mean)^2 of one stratum; mean and m2 are 0 where n is 0. */
export type Moments = { readonly n: number; readonly mean: number; readonly m2: number }

/** Items of one stratum in every bin, in the order of the bins. */
export type BinCounts = readonly number[]

/*
 * Inside this folder the statistics of a run lie in one Float64Array, a row a stratum: binary [n, x], score
 * [n, mean, m2], shape [count of every bin]. Rows of zeros are empty strata.
 */
export const BINARY_COLUMNS = 2
export const SCORE_COLUMNS = 3
