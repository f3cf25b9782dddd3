/** More in one turn of the event loop would keep everything else waiting. */
const turnBytes = 1024 * 1024;

/** Sends the same message for as long as it is taken, turn after turn. */
export class Pump {
  readonly #send: () => boolean;
  readonly #messagesPerTurn: number;
  #isRunning = false;
  #isTurnPlanned = false;

  /** @param send - sends one; returns whether it was taken */
  constructor(messageBytes: number, send: () => boolean) {
    this.#send = send;
    this.#messagesPerTurn = Math.max(1, Math.floor(turnBytes / messageBytes));
  }

  start(): void {
    this.#isRunning = true;
    this.resume();
  }

  stop(): void {
    this.#isRunning = false;
  }

  /** There may be room again. */
  resume(): void {
    if (!this.#isTurnPlanned) this.#turn();
  }

  readonly #turn = (): void => {
    this.#isTurnPlanned = false;
    if (!this.#isRunning) return;
    for (let sent = 0; sent < this.#messagesPerTurn; sent++) {
      if (!this.#send()) return;
    }
    this.#isTurnPlanned = true;
    setImmediate(this.#turn);
  };
}
