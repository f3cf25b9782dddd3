/** The admin listener: health and metrics over HTTP, loaded when somebody asks. */
export {
  type AdminServer,
  type AdminServerDependencies,
  type AdminServerOptions,
  startAdminServer,
} from './admin-server.ts';
export type { Counter, FamilyFacts, Histogram, LabelValues, MetricFamily, Sample } from './meters.ts';
export {
  type BrokerMetrics,
  type ConnectionRefusal,
  createBrokerMetrics,
  type RequestMeter,
  type TopicMeter,
} from './metrics.ts';
export type { ReadinessCheck } from './routes.ts';
export type {
  GroupSample,
  LagSample,
  MetricsSources,
  PartitionSample,
  QueueSample,
  RaftSample,
} from './sources.ts';
