import {
  type Counter,
  createCounter,
  createHistogram,
  createMeters,
  type Histogram,
  type MetricFamily,
} from './meters.ts';

/** Why a connection was refused, or ended by the broker. */
export type ConnectionRefusal =
  | 'max_connections'
  | 'max_connections_per_ip'
  | 'request_too_large'
  | 'bad_request'
  | 'memory'
  | 'idle'
  | 'stopping';

/** What is counted about the requests of one API. Take it once and keep it. */
export interface RequestMeter {
  /**
   * One request was answered (or, with acks=0, done).
   *
   * @param error - the protocol's name of the top or first error code: `NONE`, `NOT_LEADER_OR_FOLLOWER`
   * @param durationMs - from the whole request being read to its response being handed to the socket
   */
  answered(error: string, durationMs: number, requestBytes: number, responseBytes: number): void;
}

/** What is counted about one topic. Take it once and keep it until {@link BrokerMetrics.forgetTopic}. */
export interface TopicMeter {
  readonly producedRecords: Counter;
  /** Record batches as stored. */
  readonly producedBytes: Counter;
  readonly fetchedRecords: Counter;
  readonly fetchedBytes: Counter;
}

/**
 * The numbers that grow while the broker works. Every call is an addition or a short walk; no call allocates once its
 * series exists.
 */
export interface BrokerMetrics {
  /** @param api - the protocol's name: `Produce` */
  request(api: string): RequestMeter;
  topic(topic: string): TopicMeter;
  /** The topic is gone, and its series with it. */
  forgetTopic(topic: string): void;
  readonly connectionsAccepted: Counter;
  connectionRefused(reason: ConnectionRefusal): void;
  /** Milliseconds that each sync of a file to stable storage took. */
  readonly syncDurationMs: Histogram;
  /** For the scrape. */
  readonly families: readonly MetricFamily[];
}

const requestDurationBoundsMs = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000,
];
const syncDurationBoundsMs = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
const secondsPerMs = 1 / 1000;

/** Makes the numbers of one broker, all at 0. */
export function createBrokerMetrics(): BrokerMetrics {
  const requests = createRequestMetrics();
  const topics = createTopicMetrics();
  const connectionsAccepted = createCounter();
  const refusals = createMeters(['reason'], createCounter);
  const syncDurationMs = createHistogram(syncDurationBoundsMs);
  return {
    request: requests.meter,
    topic: topics.meter,
    forgetTopic: topics.forget,
    connectionsAccepted,
    connectionRefused: (reason) => refusals.with(reason).add(),
    syncDurationMs,
    families: [
      ...requests.families,
      ...topics.families,
      {
        type: 'counter',
        name: 'streambus_connections_accepted_total',
        help: 'Client connections accepted.',
        labelNames: [],
        collect: () => [{ labels: [], value: connectionsAccepted.value }],
      },
      counterFamily(
        'streambus_connections_refused_total',
        'Client connections refused or ended by the broker.',
        ['reason'],
        refusals,
      ),
      {
        type: 'histogram',
        name: 'streambus_sync_duration_seconds',
        help: 'Time that one sync of a file to stable storage took, in seconds.',
        labelNames: [],
        exposedScale: secondsPerMs,
        collect: () => [{ labels: [], value: syncDurationMs }],
      },
    ],
  };
}

function createRequestMetrics(): { meter(api: string): RequestMeter; readonly families: readonly MetricFamily[] } {
  const answered = createMeters(['api', 'error'], createCounter);
  const duration = createMeters(['api'], () => createHistogram(requestDurationBoundsMs));
  const requestBytes = createMeters(['api'], createCounter);
  const responseBytes = createMeters(['api'], createCounter);
  return {
    meter(api) {
      const errors = new Map<string, Counter>();
      const ofApi = {
        duration: duration.with(api),
        request: requestBytes.with(api),
        response: responseBytes.with(api),
      };
      return {
        answered(error, durationMs, bytesIn, bytesOut) {
          let counter = errors.get(error);
          if (counter === undefined) {
            counter = answered.with(api, error);
            errors.set(error, counter);
          }
          counter.add();
          ofApi.duration.observe(durationMs);
          ofApi.request.add(bytesIn);
          ofApi.response.add(bytesOut);
        },
      };
    },
    families: [
      counterFamily('streambus_requests_total', 'Requests answered, by API and error.', ['api', 'error'], answered),
      {
        type: 'histogram',
        name: 'streambus_request_duration_seconds',
        help: 'Time from reading a request to handing its response to the socket, in seconds.',
        labelNames: ['api'],
        exposedScale: secondsPerMs,
        collect: () => duration.series(),
      },
      counterFamily('streambus_request_bytes_total', 'Bytes of requests read.', ['api'], requestBytes),
      counterFamily('streambus_response_bytes_total', 'Bytes of responses written.', ['api'], responseBytes),
    ],
  };
}

function createTopicMetrics(): {
  meter(topic: string): TopicMeter;
  forget(topic: string): void;
  readonly families: readonly MetricFamily[];
} {
  const all = {
    producedRecords: createMeters(['topic'], createCounter),
    producedBytes: createMeters(['topic'], createCounter),
    fetchedRecords: createMeters(['topic'], createCounter),
    fetchedBytes: createMeters(['topic'], createCounter),
  };
  return {
    meter: (topic) => ({
      producedRecords: all.producedRecords.with(topic),
      producedBytes: all.producedBytes.with(topic),
      fetchedRecords: all.fetchedRecords.with(topic),
      fetchedBytes: all.fetchedBytes.with(topic),
    }),
    forget(topic) {
      for (const meters of Object.values(all)) meters.forget(topic);
    },
    families: [
      counterFamily(
        'streambus_produced_records_total',
        'Records appended for producers.',
        ['topic'],
        all.producedRecords,
      ),
      counterFamily(
        'streambus_produced_bytes_total',
        'Bytes of record batches appended for producers.',
        ['topic'],
        all.producedBytes,
      ),
      counterFamily('streambus_fetched_records_total', 'Records sent to consumers.', ['topic'], all.fetchedRecords),
      counterFamily(
        'streambus_fetched_bytes_total',
        'Bytes of record batches sent to consumers.',
        ['topic'],
        all.fetchedBytes,
      ),
    ],
  };
}

function counterFamily(
  name: string,
  help: string,
  labelNames: readonly string[],
  meters: { series(): Iterable<{ readonly labels: readonly string[]; readonly value: Counter }> },
): MetricFamily {
  return {
    type: 'counter',
    name,
    help,
    labelNames,
    *collect() {
      for (const { labels, value } of meters.series()) yield { labels, value: value.value };
    },
  };
}
