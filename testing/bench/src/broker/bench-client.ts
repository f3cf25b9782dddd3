/** What a client is asked to produce. */
export interface ProduceTask {
  /** host:port */
  readonly bootstrap: string;
  readonly topic: string;
  readonly recordBytes: number;
  readonly durationMs: number;
}

/** What it produced, and how long the broker took to acknowledge a record. */
export interface Produced {
  readonly records: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a client is asked to read, from the beginning. */
export interface ConsumeTask {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  /** It gives up after this. */
  readonly durationMs: number;
}

/** What it read, from the first record on. */
export interface Consumed {
  readonly records: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** A real Kafka client. */
export interface BenchClient {
  readonly name: string;
  /** As fast as it can. */
  produce(task: ProduceTask): Promise<Produced>;
  /** One record at a time. */
  latency(task: ProduceTask): Promise<Produced>;
  consume(task: ConsumeTask): Promise<Consumed>;
}
