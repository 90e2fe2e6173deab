/** Waits until this holds; throws when it does not in time, in milliseconds. */
export async function until(holds: () => boolean | Promise<boolean>, time = 5000): Promise<void> {
  const deadline = performance.now() + time;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not come about within ${time} ms: ${holds}`);
    await Bun.sleep(20);
  }
}
