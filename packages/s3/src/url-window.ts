/**
 * The second in which the window of a name began: all URLs made within it are the same. Windows of different names begin
 * at different times, so that caches do not lose everything at once; every process finds the same ones.
 *
 * @param window Seconds; 0 and 1: now.
 * @param now Seconds since the epoch.
 */
export function windowStart(name: string, window: number, now: number): number {
  if (window <= 1) return now;
  const offset = hashOf(name) % window;
  return Math.floor((now + offset) / window) * window - offset;
}

/** FNV-1a, 32 bits: spreads names evenly and costs nothing. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
