/** log(sum of exp(v)), exact up to rounding for any spread; all -Infinity, or nothing, gives -Infinity. (Section 3.) */
export function logSumExp(values: ArrayLike<number>): number {
  let max = -Infinity
  for (let i = 0; i < values.length; i++) if (values[i]! > max) max = values[i]!
  if (!Number.isFinite(max)) return max
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - max)
  return max + Math.log(sum)
}
