/**
 * Waits until a condition holds.
 *
 * @param time limit in milliseconds
 * @throws Error when the condition does not hold in time
 */
export async function until(holds: () => boolean | Promise<boolean>, time = 15_000): Promise<void> {
  const deadline = performance.now() + time;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`does not hold after ${time} ms: ${holds}`);
    await Bun.sleep(20);
  }
}
