/** Spent places at the front of the queue that are worth moving the rest for. */
const compactAt = 1024;

/** Encoded messages in order, with the time at which each came. */
export class MessageQueue {
  #messages: (Uint8Array | undefined)[] = [];
  #times: number[] = [];
  #first = 0;
  #bytes = 0;

  get length(): number {
    return this.#messages.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: Uint8Array, nowMs: number): void {
    this.#messages.push(message);
    this.#times.push(nowMs);
    this.#bytes += message.length;
  }

  /** The oldest message. */
  head(): Uint8Array | undefined {
    return this.#messages[this.#first];
  }

  /** When the oldest message came. */
  headTimeMs(): number {
    return this.#times[this.#first] as number;
  }

  /** Takes the oldest message out. */
  shift(): void {
    const message = this.#messages[this.#first];
    if (message === undefined) return;
    this.#bytes -= message.length;
    this.#messages[this.#first] = undefined;
    this.#first++;
    if (this.#first === this.#messages.length) this.clear();
    else if (this.#first >= compactAt && this.#first * 2 >= this.#messages.length) this.#compact();
  }

  /** Takes the oldest message but one out, where the oldest is under way. */
  dropSecond(): void {
    const head = this.#messages[this.#first];
    const headTimeMs = this.headTimeMs();
    this.shift();
    if (head === undefined || this.length === 0) return;
    const second = this.#messages[this.#first] as Uint8Array;
    this.#bytes += head.length - second.length;
    this.#messages[this.#first] = head;
    this.#times[this.#first] = headTimeMs;
  }

  /** Takes out what is longer than that, wherever it waits. @returns how many messages that were */
  dropLongerThan(maxBytes: number): number {
    const before = this.length;
    const kept = new MessageQueue();
    for (let at = this.#first; at < this.#messages.length; at++) {
      const message = this.#messages[at] as Uint8Array;
      if (message.length <= maxBytes) kept.push(message, this.#times[at] as number);
    }
    this.#messages = kept.#messages;
    this.#times = kept.#times;
    this.#first = 0;
    this.#bytes = kept.#bytes;
    return before - kept.length;
  }

  clear(): void {
    this.#messages = [];
    this.#times = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#first);
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }
}
