import { setTimeout as elapse } from 'node:timers/promises';
import { machineMs, machineNs } from '../processes/machine-time.ts';
import type { Attempt, Connection } from './connection.ts';
import type { HistoryEntry } from './history.ts';
import type { Input, Output } from './operation.ts';

const attemptMs = 2000;
const retryMs = 20;
/** Its name in histories. */
export const judgeName = 'judge';

/** A client that looks at everything in the end. What it does belongs to the history. */
export class Judge {
  readonly history: HistoryEntry[] = [];
  readonly #connections: readonly Connection[];
  #number = 0;

  constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** Waits until a node takes a write and a read. @throws Error when it does not by then */
  async awaitService(node: number, limitMs: number): Promise<void> {
    const key = `judge.${node}`;
    await this.#until(node, limitMs, () => ({ type: 'append', key, value: `${judgeName}/${this.#number + 1}` }));
    await this.#until(node, limitMs, () => ({ type: 'read', key }));
  }

  /** Reads every key, each through one of the nodes. @throws Error when one cannot be read by then */
  async readAll(keys: readonly string[], limitMs: number): Promise<void> {
    const left = [...keys.entries()];
    const lanes = Array.from({ length: 16 }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [index, key] = next;
        await this.#until(1 + (index % this.#connections.length), limitMs, () => ({ type: 'read', key }));
      }
    });
    await Promise.all(lanes);
  }

  async #until(node: number, limitMs: number, next: () => Input): Promise<void> {
    const untilMs = machineMs() + limitMs;
    for (;;) {
      const ending = await this.#once(node, next());
      if (ending === undefined) return;
      if (machineMs() > untilMs) throw new Error(`node ${node} does not serve after ${limitMs} ms: ${ending}`);
      await elapse(retryMs);
    }
  }

  /** @returns why there was no answer */
  async #once(node: number, input: Input): Promise<string | undefined> {
    const connection = this.#connections[node - 1];
    if (connection === undefined) throw new Error(`there is no node ${node}`);
    const number = input.type === 'read' ? 0 : ++this.#number;
    const calledNs = machineNs();
    const attempt: Attempt<Output> =
      input.type === 'read'
        ? await connection.read(input.key, attemptMs)
        : await connection.write({ client: judgeName, number, input }, undefined, attemptMs);
    const common = { client: judgeName, number, input, calledNs, endedNs: machineNs(), attempts: 1, node };
    if ('answer' in attempt) {
      this.history.push({ ...common, outcome: 'answered', output: attempt.answer });
      return undefined;
    }
    this.history.push({ ...common, ...attempt.refusal });
    return attempt.refusal.code;
  }
}
