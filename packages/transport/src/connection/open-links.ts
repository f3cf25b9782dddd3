import type { Clock, Connection } from '@streambus/runtime';
import { Link } from './link.ts';

/** How long what was written last, such as the reason for the end, may take to leave. */
const endMs = 1000;

/** Owns every link of a transport until it has closed, so that a stop leaves none. */
export class OpenLinks {
  readonly #clock: Clock;
  readonly #closing = new Map<Link, Promise<void>>();

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

  /** Sends what was written and ends the link, within a second whatever the peer does. */
  end(link: Link): void {
    link.end();
    const timer = this.#clock.setTimer(endMs, () => link.destroy());
    void link.untilClosed().then(() => timer.cancel());
  }

  async untilAllClosed(): Promise<void> {
    await Promise.all(this.#closing.values());
  }
}
