import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createSeededRandom } from '@streambus/runtime/testing';
import { answerCalls } from '@streambus-testing/harness';
import { Client } from './client.ts';
import { Connection } from './connection.ts';
import type { HistoryEntry } from './history.ts';

/** What a process of clients is. */
export interface ClientsOptions {
  readonly name: string;
  readonly seed: number;
  /** Of each node, in the order of their ids. */
  readonly sockets: readonly string[];
  /** Where the history goes. */
  readonly historyPath: string;
  readonly inSession: number;
  /** How many of them have two writes under way in one session. */
  readonly withTwoLanes: number;
  readonly withoutSession: number;
}

/** What the parent asks of it. */
export interface ClientFunctions {
  begin(options: ClientsOptions): void;
  /** Resolves when every operation has ended, and all of it is in the file. */
  end(): Promise<void>;
}

/** A process with clients in it. */
let end: (() => Promise<void>) | undefined;

answerCalls<ClientFunctions>({
  begin({ name, seed, sockets, historyPath, inSession, withTwoLanes, withoutSession }) {
    const random = createSeededRandom(seed);
    const file = createWriteStream(historyPath);
    const record = (entry: HistoryEntry): void => void file.write(`${JSON.stringify(entry)}\n`);
    const connections = sockets.map((path) => new Connection(path));
    const clients = Array.from({ length: inSession + withoutSession }, (_, index) => {
      const common = { name: `${name}${index + 1}`, connections, record };
      return new Client({ ...common, inSession: index < inSession, random: random.fork() });
    });
    const lanes = [...clients, ...clients.slice(0, withTwoLanes)].map((client) => client.run());
    end = async () => {
      for (const client of clients) client.end();
      await Promise.all(lanes);
      await Promise.all(connections.map((connection) => connection.close()));
      file.end();
      await finished(file);
    };
  },
  async end() {
    await end?.();
  },
});
