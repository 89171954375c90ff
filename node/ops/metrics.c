/* OpenMetrics 1.0 text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
#include <stddef.h>

#include "base/attr.h"
#include "ops/metrics_parts.h"

enum kind { COUNT, SIGNED, REAL };

struct metric {
    const char *name;
    const char *type; /* "gauge" or "counter" */
    const char *unit; /* "" none */
    const char *help;
    enum kind kind;
    size_t offset;
};

#define GAUGE(name, unit, kind, member, help)                                                                          \
    {                                                                                                                  \
        name, "gauge", unit, help, kind, offsetof(struct standing, member)                                             \
    }
#define COUNTER(name, unit, kind, member, help)                                                                        \
    {                                                                                                                  \
        name, "counter", unit, help, kind, offsetof(struct standing, member)                                           \
    }

static const struct metric metrics[] = {
    GAUGE("ketenbrug_ready", "", COUNT, ready, "1 when the node answers questions about people."),
    GAUGE("ketenbrug_metrics_fresh", "", COUNT, fresh,
          "1 when these numbers were taken after they were asked for; 0 when the node had no time and they are older."),
    GAUGE("ketenbrug_schema_version", "", COUNT, schema, "Version of the store's schema."),
    GAUGE("ketenbrug_calls", "", COUNT, calls, "Requests being worked on."),
    COUNTER("ketenbrug_log_records", "", COUNT, log_leaves, "Records in the log."),
    GAUGE("ketenbrug_log_keys", "", COUNT, log_keys, "Class keys of the log that are there."),
    GAUGE("ketenbrug_log_keys_destroyed", "", COUNT, log_keys_destroyed,
          "Class keys destroyed at the end of their term."),
    GAUGE("ketenbrug_messages_waiting", "", COUNT, messages_waiting, "Messages that no partner confirmed yet."),
    GAUGE("ketenbrug_berichten_vastgelopen", "", COUNT, messages_stuck,
          "Messages that a partner refused, for a person to look at."),
    GAUGE("ketenbrug_berichten_oudste_seconds", "seconds", REAL, messages_oldest_s,
          "How long the oldest message waits that is no withdrawal; 0 none."),
    GAUGE("ketenbrug_terms_running", "", COUNT, terms_running, "Terms of reports and orders that are not over."),
    GAUGE("ketenbrug_terms_passed", "", COUNT, terms_passed, "Terms that are over while what was due is not done."),
    GAUGE("ketenbrug_opdrachten_open", "", COUNT, tasks_open, "Tasks, given and taken, that are not over."),
    GAUGE("ketenbrug_opdrachten_te_laat", "", COUNT, tasks_late, "Of these, past their deadline."),
    GAUGE("ketenbrug_opdrachten_stil", "", COUNT, tasks_quiet, "Of these, with a partner with whom no covenant holds."),
    GAUGE("ketenbrug_opdrachten_vastgelopen", "", COUNT, tasks_stuck, "Of these, refused by the partner's node."),
    GAUGE("ketenbrug_bevindingen_open", "", COUNT, findings_open, "Findings that the privacy officer did not close."),
    GAUGE("ketenbrug_postbus_ongelezen", "", COUNT, notices_unread, "Notices to the own users that nobody read yet."),
    COUNTER("ketenbrug_meldingen_verstuurd", "", COUNT, notices_sent,
            "Webhooks and mails that told that there is news."),
    COUNTER("ketenbrug_meldingen_mislukt", "", COUNT, notices_failed, "Webhooks and mails that were given up."),
    GAUGE("ketenbrug_koppeling_wachtend", "", COUNT, matching_waiting,
          "People whose change is in no published lookup set yet."),
    GAUGE("ketenbrug_koppeling_versie", "", COUNT, matching_version, "Ticks at which lookup sets were published."),
    COUNTER("ketenbrug_opzoekrondes_begonnen", "", COUNT, lookup_rounds_begun,
            "Rounds over partners' lookup sets that began."),
    COUNTER("ketenbrug_opzoekrondes_klaar", "", COUNT, lookup_rounds_ended,
            "Rounds over partners' lookup sets that ended."),
    GAUGE("ketenbrug_log_keys_over", "", COUNT, log_keys_over, "Class keys whose term ended and that are still there."),
    GAUGE("ketenbrug_log_keys_wrong", "", COUNT, log_keys_wrong,
          "Class keys that are gone without a record, or recorded as destroyed and still there."),
    GAUGE("ketenbrug_log_holds", "", COUNT, log_holds, "Log records under a legal hold."),
    GAUGE("ketenbrug_log_holds_wrong", "", COUNT, log_holds_wrong, "Holds on which log and key folder differ."),
    COUNTER("ketenbrug_commits", "", COUNT, commits, "Durable commits since the start."),
    GAUGE("ketenbrug_database_bytes", "bytes", COUNT, database_bytes, "Size of the database file."),
    GAUGE("ketenbrug_wal_bytes", "bytes", COUNT, wal_bytes, "Size of the write-ahead log file."),
    GAUGE("ketenbrug_log_bytes", "bytes", COUNT, log_bytes, "Size of the log's records."),
    GAUGE("ketenbrug_free_bytes", "bytes", COUNT, free_bytes, "Free space in the data folder."),
    GAUGE("ketenbrug_clock_lag_seconds", "seconds", REAL, clock_lag_s,
          "How far the clock is below the highest time seen."),
    GAUGE("ketenbrug_checkpoint_size", "", COUNT, checkpoint_size,
          "Records in the last checkpoint that enough witnesses cosigned."),
    GAUGE("ketenbrug_checkpoint_time_seconds", "seconds", SIGNED, checkpoint_time,
          "When that was, since 1970; 0 not since the start."),
    GAUGE("ketenbrug_checkpoint_cosignatures", "", COUNT, checkpoint_cosignatures,
          "Witnesses that cosigned the last checkpoint."),
    GAUGE("ketenbrug_checkpoint_cosignatures_needed", "", COUNT, checkpoint_needed,
          "Cosignatures that a checkpoint needs; 0 the covenant names no witnesses."),
    GAUGE("ketenbrug_checkpoint_witnesses", "", COUNT, checkpoint_witnesses,
          "Witnesses that were asked for the last checkpoint."),
    GAUGE("ketenbrug_checkpoint_own_log_differs", "", COUNT, checkpoint_differs,
          "1 when a partner saw of this log what is not here."),
    GAUGE("ketenbrug_checkpoint_forks", "", COUNT, checkpoint_forks, "Logs of partners that showed two faces."),
    GAUGE("ketenbrug_checkpoint_clock_offset_seconds", "seconds", REAL, clock_off_s,
          "Own clock less the median of the witnesses' clocks."),
    GAUGE("ketenbrug_certificate_not_after_seconds", "seconds", SIGNED, certificate_until,
          "End of validity of the own certificate, since 1970."),
    GAUGE("ketenbrug_desk_certificate_not_after_seconds", "seconds", SIGNED, desk_certificate_until,
          "End of validity of the desk listener's certificate, since 1970."),
    GAUGE("ketenbrug_anchors_not_after_seconds", "seconds", SIGNED, anchors_until,
          "End of validity of the first trust anchor that expires, since 1970."),
    GAUGE("ketenbrug_crl_next_update_seconds", "seconds", SIGNED, crls_until,
          "When the first revocation list is out of date, since 1970."),
    GAUGE("ketenbrug_covenant_not_after_seconds", "seconds", SIGNED, covenant_until,
          "End of validity of the covenant, since 1970."),
    GAUGE("ketenbrug_last_backup_seconds", "seconds", SIGNED, last_backup, "Last backup, since 1970; 0 none."),
    GAUGE("process_start_time_seconds", "seconds", SIGNED, started_s, "Start of the process, since 1970."),
    GAUGE("process_resident_memory_bytes", "bytes", COUNT, resident_bytes, "Resident memory."),
    GAUGE("process_max_fds", "", COUNT, max_files, "Most file descriptors that may be open."),
    GAUGE("process_open_fds", "", COUNT, open_files, "Open file descriptors."),
    COUNTER("process_cpu_seconds", "seconds", REAL, cpu_seconds, "Processor time, user and system."),
};

struct listener_metric {
    const char *name;
    const char *type;
    const char *help;
    const char *label; /* a second label, NULL none */
    size_t offset;
};

#define OF(member) offsetof(struct standing_listener, member)

/* Rows of one name stand together. */
static const struct listener_metric listener_metrics[] = {
    {"ketenbrug_connections", "gauge", "Open connections.", NULL, OF(connections)},
    {"ketenbrug_accepted_connections", "counter", "Connections accepted.", NULL, OF(accepted)},
    {"ketenbrug_refused_connections", "counter", "Connections refused, past a bound.", NULL, OF(refused_connections)},
    {"ketenbrug_handshakes", "counter", "TLS handshakes completed.", NULL, OF(handshakes)},
    {"ketenbrug_handshake_failures", "counter", "TLS handshakes that failed.", NULL, OF(handshake_failures)},
    {"ketenbrug_cut_connections", "counter", "Connections ended for abuse.", NULL, OF(cut)},
    {"ketenbrug_requests", "counter", "Requests.", NULL, OF(requests)},
    {"ketenbrug_answers", "counter", "Answers by class of status.", "2xx", OF(answers_2xx)},
    {"ketenbrug_answers", "counter", "Answers by class of status.", "4xx", OF(answers_4xx)},
    {"ketenbrug_answers", "counter", "Answers by class of status.", "5xx", OF(answers_5xx)},
    {"ketenbrug_rests", "counter", "Times a connection waited because its peer had its share of a turn.", NULL,
     OF(rests)},
    {"ketenbrug_shed_requests", "counter", "Answers that said: not now (503).", NULL, OF(shed)},
};

void metrics_put_head(struct buf *out, const char *name, const char *type, const char *unit, const char *help)
{
    buf_format(out, "# TYPE %s %s\n", name, type);
    if (unit[0] != '\0') {
        buf_format(out, "# UNIT %s %s\n", name, unit);
    }
    buf_format(out, "# HELP %s %s\n", name, help);
}

static const char *suffix(const char *type)
{
    return strcmp(type, "counter") == 0 ? "_total" : "";
}

static void put_metric(struct buf *out, const struct standing *standing, const struct metric *metric)
{
    const char *at = (const char *)standing + metric->offset;
    metrics_put_head(out, metric->name, metric->type, metric->unit, metric->help);
    buf_format(out, "%s%s ", metric->name, suffix(metric->type));
    if (metric->kind == REAL) {
        double value = 0;
        memcpy(&value, at, sizeof value);
        buf_format(out, "%.3f\n", value);
    } else if (metric->kind == SIGNED) {
        int64_t value = 0;
        memcpy(&value, at, sizeof value);
        buf_format(out, "%lld\n", (long long)value);
    } else {
        uint64_t value = 0;
        memcpy(&value, at, sizeof value);
        buf_format(out, "%llu\n", (unsigned long long)value);
    }
}

static void put_listener_metric(struct buf *out, const struct standing *standing, const struct listener_metric *metric)
{
    for (size_t i = 0; i < STANDING_LISTENERS; i++) {
        const struct standing_listener *listener = &standing->listeners[i];
        uint64_t value = 0;
        if (listener->name == NULL) {
            continue;
        }
        memcpy(&value, (const char *)listener + metric->offset, sizeof value);
        buf_format(out, "%s%s{listener=\"%s\"", metric->name, suffix(metric->type), listener->name);
        if (metric->label != NULL) {
            buf_format(out, ",code=\"%s\"", metric->label);
        }
        buf_format(out, "} %llu\n", (unsigned long long)value);
    }
}

void standing_metrics(const struct standing *standing, struct buf *out)
{
    buf_format(
        out,
        "# TYPE ketenbrug_build info\n# HELP ketenbrug_build The program.\nketenbrug_build_info{version=\"%s\"} 1\n",
        standing->version);
    for (size_t i = 0; i < COUNT_OF(metrics); i++) {
        put_metric(out, standing, &metrics[i]);
    }
    for (size_t i = 0; i < COUNT_OF(listener_metrics); i++) {
        const struct listener_metric *metric = &listener_metrics[i];
        if (i == 0 || strcmp(metric->name, listener_metrics[i - 1].name) != 0) {
            metrics_put_head(out, metric->name, metric->type, "", metric->help);
        }
        put_listener_metric(out, standing, metric);
    }
    metrics_put_labelled(out, standing);
    buf_text(out, "# EOF\n");
}
