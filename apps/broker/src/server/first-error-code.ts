/**
 * The first error code in a response that is not 0: its own, or the first of its topics, partitions, groups or resources.
 *
 * @returns 0 when there is none
 */
export function firstErrorCode(response: object): number {
  const own = 'errorCode' in response && typeof response.errorCode === 'number' ? response.errorCode : 0;
  if (own !== 0) return own;
  // One at each answer: a list of the values would be made for every object in it.
  for (const name in response) {
    const value: unknown = response[name as keyof typeof response];
    if (!Array.isArray(value)) continue;
    for (const item of value) {
      // Record bytes and lists of plain values have no errors in them.
      if (typeof item !== 'object' || item === null || item instanceof Uint8Array) break;
      const found = firstErrorCode(item);
      if (found !== 0) return found;
    }
  }
  return 0;
}
