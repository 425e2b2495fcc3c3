import { access } from "node:fs";
import { promisify } from "node:util";

/**
 * Starts all threads of Node's pool. Node aborts when it cannot start them, so this is done before
 * other processes can take what the limit of processes leaves.
 */
export async function startThreadPool(): Promise<void> {
  await promisify(access)("/");
}
