/** How something grows, in one number. @module */

/**
 * Slope of the least-squares line through points on log axes: 1 grows with x, 0 not at all, and `log x` itself has 0.15
 * between 100 and 10,000.
 *
 * @param points - `[x, y]`, both above 0; at least two different x
 */
export function logSlope(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const mean = (axis: 0 | 1) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const along = logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return along / logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}
