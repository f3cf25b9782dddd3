import {
  type Connection,
  type ConnectOptions,
  type Deferred,
  defer,
  type Listener,
  type Network,
  type SocketAddress,
  type Tls,
  type TlsCredentials,
} from '@streambus/runtime';

/** A network whose connections are secured ones, so that they can be held against the suite of the Network port. */
export class SecuredNetwork implements Network {
  readonly #network: Network;
  readonly #tls: Tls;
  readonly #credentials: TlsCredentials;
  /** By the client's port. A client is done with its handshake before the server is; here it waits for it. */
  readonly #accepted = new Map<number, Deferred<void>>();

  constructor(network: Network, tls: Tls, credentials: TlsCredentials) {
    this.#network = network;
    this.#tls = tls;
    this.#credentials = credentials;
  }

  listen(address: SocketAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    return this.#network.listen(address, (raw) => {
      const accepted = this.#acceptedAt(raw.remoteAddress.port);
      this.#secure(raw, 'server').then((connection) => {
        onConnection(connection);
        accepted.resolve();
      }, accepted.reject);
    });
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Connection> {
    const raw = await this.#network.connect(address, options);
    const { port } = raw.localAddress;
    const connection = await this.#secure(raw, 'client');
    await this.#acceptedAt(port).promise;
    this.#accepted.delete(port);
    return connection;
  }

  async #secure(raw: Connection, role: 'client' | 'server'): Promise<Connection> {
    const secured = await this.#tls.secure(raw, { role, credentials: this.#credentials, timeoutMs: 5000 });
    return secured.connection;
  }

  #acceptedAt(port: number): Deferred<void> {
    let accepted = this.#accepted.get(port);
    if (accepted === undefined) {
      accepted = defer();
      this.#accepted.set(port, accepted);
    }
    return accepted;
  }
}
