/** The admin listener: health and metrics over HTTP, loaded when somebody asks. */
export { startAdminServer } from './admin-server.ts';
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
