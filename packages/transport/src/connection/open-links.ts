import type { Clock, Connection } from '@streambus/runtime';
import { Link } from './link.ts';

/** How long what was written last, such as the reason for the end, may take to leave. */
const endMs = 1000;

/** So many links end at a time: whoever is refused and stays costs no more descriptors than that. */
const maxEndingLinks = 256;

/** Owns every link of a transport until it has closed, so that a stop leaves none. */
export class OpenLinks {
  readonly #clock: Clock;
  readonly #closing = new Map<Link, Promise<void>>();
  /** Those that may still send what was written last, oldest first. */
  readonly #ending = new Set<Link>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(connection: Connection): Link {
    const link = new Link(connection);
    this.#closing.set(
      link,
      link.untilClosed().then(() => {
        this.#closing.delete(link);
      }),
    );
    return link;
  }

  /** Sends what was written and ends the link, within a second whatever the peer does; at once where too many others end. */
  end(link: Link): void {
    link.end();
    this.#ending.add(link);
    const timer = this.#clock.setTimer(endMs, () => link.destroy());
    void link.untilClosed().then(() => {
      timer.cancel();
      this.#ending.delete(link);
    });
    if (this.#ending.size > maxEndingLinks) this.#cutOldest();
  }

  #cutOldest(): void {
    for (const oldest of this.#ending) {
      this.#ending.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  async untilAllClosed(): Promise<void> {
    await Promise.all(this.#closing.values());
  }
}
