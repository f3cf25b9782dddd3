/*
 * Drives a broker through librdkafka, and prints one line of JSON.
 *
 *   librdkafka-bench produce BOOTSTRAP TOPIC RECORD_BYTES DURATION_MS   as fast as it can, acks=all
 *   librdkafka-bench latency BOOTSTRAP TOPIC RECORD_BYTES DURATION_MS   one record at a time, acks=all
 *   librdkafka-bench consume BOOTSTRAP TOPIC RECORDS DURATION_MS        from the beginning, until RECORDS were read
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_SAMPLES 4000000

static double samples[MAX_SAMPLES];
static size_t sample_count;
static size_t delivered;
static size_t failed;

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(key, error);
}

/* The record's opaque is when it was given to librdkafka, in microseconds. */
static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  (void)opaque;
  if (message->err) {
    failed++;
    return;
  }
  delivered++;
  if (sample_count < MAX_SAMPLES) samples[sample_count++] = now_ms() - (double)(size_t)message->_private / 1e3;
}

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double percentile(double share) {
  if (sample_count == 0) return 0;
  size_t at = (size_t)((double)sample_count * share);
  return samples[at < sample_count ? at : sample_count - 1];
}

static int produce(rd_kafka_t *client, const char *topic, size_t record_bytes, double duration_ms, int one_at_a_time) {
  char *value = malloc(record_bytes);
  if (value == NULL) die("malloc", "no memory");
  memset(value, 'x', record_bytes);
  double started = 0;
  /* The first record finds the broker and the partition's leader: the clock starts after it. */
  while (started == 0 || now_ms() - started < duration_ms) {
    void *sent = (void *)(size_t)(now_ms() * 1e3);
    rd_kafka_resp_err_t error = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
                                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                                  RD_KAFKA_V_VALUE(value, record_bytes), RD_KAFKA_V_OPAQUE(sent),
                                                  RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(client, 5);
    else if (error) die("produce", rd_kafka_err2str(error));
    else if (one_at_a_time || started == 0) {
      size_t before = delivered + failed;
      while (delivered + failed == before) rd_kafka_poll(client, 100);
    } else rd_kafka_poll(client, 0);
    if (started == 0) {
      started = now_ms();
      /* It stays in the topic, so a reader meets it. */
      sample_count = 0;
    }
  }
  rd_kafka_flush(client, 30000);
  double elapsed = now_ms() - started;
  qsort(samples, sample_count, sizeof *samples, ascending);
  printf("{\"records\":%zu,\"failed\":%zu,\"elapsedMs\":%.3f,\"p50Ms\":%.3f,\"p99Ms\":%.3f}\n", delivered, failed, elapsed,
         percentile(0.5), percentile(0.99));
  free(value);
  return failed == 0 ? 0 : 1;
}

static int consume(rd_kafka_t *client, const char *topic, size_t records, double duration_ms) {
  rd_kafka_topic_partition_list_t *assigned = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(assigned, topic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, assigned);
  rd_kafka_topic_partition_list_destroy(assigned);
  size_t count = 0, bytes = 0;
  double started = 0, begun = now_ms();
  while (count < records && now_ms() - begun < duration_ms) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 100);
    if (message == NULL) continue;
    if (message->err) die("consume", rd_kafka_message_errstr(message));
    /* From the first record on: what came before is the finding of the broker. */
    if (count++ == 0) started = now_ms();
    bytes += message->len;
    rd_kafka_message_destroy(message);
  }
  double elapsed = started > 0 ? now_ms() - started : 0;
  printf("{\"records\":%zu,\"bytes\":%zu,\"elapsedMs\":%.3f}\n", count, bytes, elapsed);
  rd_kafka_consumer_close(client);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 6) die(arguments[0], "MODE BOOTSTRAP TOPIC NUMBER DURATION_MS");
  const char *mode = arguments[1], *topic = arguments[3];
  size_t number = strtoull(arguments[4], NULL, 10);
  double duration_ms = strtod(arguments[5], NULL);
  int consumes = strcmp(mode, "consume") == 0, one_at_a_time = strcmp(mode, "latency") == 0;
  char error[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", arguments[2]);
  if (consumes) {
    set(conf, "group.id", "bench");
    set(conf, "enable.auto.commit", "false");
  } else {
    set(conf, "acks", "all");
    set(conf, "linger.ms", one_at_a_time ? "0" : "5");
    set(conf, "queue.buffering.max.messages", "20000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  }
  rd_kafka_t *client =
      rd_kafka_new(consumes ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (client == NULL) die("rd_kafka_new", error);
  int result = consumes ? consume(client, topic, number, duration_ms)
                        : produce(client, topic, number, duration_ms, one_at_a_time);
  rd_kafka_destroy(client);
  return result;
}
