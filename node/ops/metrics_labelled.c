/* Metrics with labels: histograms, and counts per partner, fault and state. The sets of labels are bounded. */
#include "ops/metrics_parts.h"

#include <stdio.h>
#include <string.h>

static void put_histogram(struct buf *out, const char *name, const char *labels, const struct histogram *h)
{
    const char *comma = labels[0] != '\0' ? "," : "";
    uint64_t total = 0;
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        total += h->counts[i];
        buf_format(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma,
                   i < HISTOGRAM_BOUNDS ? histogram_bounds_s[i] : "+Inf", (unsigned long long)total);
    }
    buf_format(out, "%s_count{%s} %llu\n", name, labels, (unsigned long long)total);
    buf_format(out, "%s_sum{%s} %llu.%06llu\n", name, labels, (unsigned long long)(h->sum_us / 1000000U),
               (unsigned long long)(h->sum_us % 1000000U));
}

static void put_times(struct buf *out, const struct standing *s)
{
    static const char answers[] = "ketenbrug_answer_seconds";
    static const char commits[] = "ketenbrug_commit_seconds";
    metrics_put_head(out, answers, "histogram", "seconds", "From the headers of a request until its answer begins.");
    for (size_t i = 0; i < s->route_count; i++) {
        const struct standing_route *route = &s->routes[i];
        char labels[160];
        (void)snprintf(labels, sizeof labels, "listener=\"%s\",method=\"%s\",route=\"%.80s\"", route->listener,
                       route->method, route->path);
        put_histogram(out, answers, labels, &route->times);
    }
    metrics_put_head(out, commits, "histogram", "seconds", "From taking a group of writes until it is durable.");
    put_histogram(out, commits, "", &s->commit_times);
}

static void put_partners(struct buf *out, const struct standing *s)
{
    static const char name[] = "ketenbrug_partner_questions";
    metrics_put_head(out, name, "counter", "", "Questions to partners by how they ended.");
    for (size_t i = 0; i < s->partner_count; i++) {
        for (size_t k = 0; k < STANDING_OUTCOMES && s->outcome_words[k] != NULL; k++) {
            if (s->partners[i].outcomes[k] != 0) {
                buf_format(out, "%s_total{oin=\"%s\",outcome=\"%s\"} %llu\n", name, s->partners[i].oin.digits,
                           s->outcome_words[k], (unsigned long long)s->partners[i].outcomes[k]);
            }
        }
    }
}

static void put_words(struct buf *out, const char *name, const char *suffix, const char *label,
                      const struct standing_count *counts, size_t count)
{
    for (size_t i = 0; i < count && counts[i].word != NULL; i++) {
        buf_format(out, "%s%s{%s=\"%s\"} %llu\n", name, suffix, label, counts[i].word,
                   (unsigned long long)counts[i].count);
    }
}

void metrics_put_labelled(struct buf *out, const struct standing *s)
{
    put_times(out, s);
    put_partners(out, s);
    metrics_put_head(out, "ketenbrug_import_rows", "counter", "", "Rows of import batches by what came of them.");
    put_words(out, "ketenbrug_import_rows", "_total", "result", s->import_rows, STANDING_IMPORT_WORDS);
    metrics_put_head(out, "ketenbrug_refusals", "counter", "", "Requests that a listener refused by itself, by fault.");
    put_words(out, "ketenbrug_refusals", "_total", "fault", s->refusals, STANDING_FAULTS);
    metrics_put_head(out, "ketenbrug_part_ready", "gauge", "", "1 when this part is as it must be to be ready.");
    put_words(out, "ketenbrug_part_ready", "", "part", s->parts, STANDING_PARTS);
}
