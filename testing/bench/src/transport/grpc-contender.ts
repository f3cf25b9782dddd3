import {
  Client,
  type ClientDuplexStream,
  credentials,
  type deserialize,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type serialize,
} from '@grpc/grpc-js';
import { type Contender, type Endpoint, type EndpointHandlers, host, maxQueuedBytes } from './endpoint.ts';

const asBuffer: serialize<Uint8Array> = (message) => message as Buffer;
const asMessage: deserialize<Uint8Array> = (bytes) => bytes;

const path = '/streambus.bench.Messages/Exchange';

const service: ServiceDefinition = {
  exchange: {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: asBuffer,
    requestDeserialize: asMessage,
    responseSerialize: asBuffer,
    responseDeserialize: asMessage,
  },
};

/** With the 64 KiB that HTTP/2 begins with, a receiver of large messages is waited for most of the time. */
const settings = { 'grpc-node.flow_control_window': maxQueuedBytes };

/** One call of gRPC whose both sides stream, with messages that are bytes already. In plain text only. */
export const grpcContender: Contender = {
  async listen(handlers) {
    const connected = Promise.withResolvers<Endpoint>();
    const server = new Server(settings);
    server.addService(service, {
      exchange: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        // Otherwise the client hears of its call with the first message only.
        call.sendMetadata(new Metadata());
        connected.resolve(streamEndpoint(call, handlers));
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return { port, connected: connected.promise };
  },

  connect(port, handlers) {
    return new Promise((resolve, reject) => {
      const client = new Client(`${host}:${port}`, credentials.createInsecure(), settings);
      const call = client.makeBidiStreamRequest(path, asBuffer, asMessage);
      call.once('metadata', () => resolve(streamEndpoint(call, handlers)));
      call.once('error', reject);
    });
  },
};

type Call = ClientDuplexStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>;

function streamEndpoint(call: Call, handlers: EndpointHandlers): Endpoint {
  let isFull = false;
  call.on('data', handlers.onMessage);
  call.on('drain', () => {
    isFull = false;
    handlers.onRoom();
  });
  return {
    send(message) {
      if (isFull) return false;
      isFull = !call.write(message);
      return true;
    },
  };
}
