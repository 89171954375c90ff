/* Records as spans of OTLP/JSON with the attributes of Logboek Dataverwerkingen: see export.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/export.h"
#include "base/json.h"

enum { SPAN_ID_DIGITS = 16, URN_MAX = 512, KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3, STATUS_ERROR = 2 };

static void put_attribute(struct json_writer *w, const char *key, const char *value)
{
    if (value[0] != '\0') {
        json_begin_object(w, NULL);
        json_put_text(w, "key", key);
        json_begin_object(w, "value");
        json_put_text(w, "stringValue", value);
        json_end_object(w);
        json_end_object(w);
    }
}

static void put_time(struct json_writer *w, const char *name, int64_t time_ms)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64 "000000", time_ms);
    json_put_text(w, name, text);
}

/* The first eight bytes of a record id. */
static struct slice span_id(const char *id)
{
    const size_t len = strlen(id);
    return slice_of(id, len < SPAN_ID_DIGITS ? len : SPAN_ID_DIGITS);
}

static int kind_of(enum record_operation operation)
{
    switch (operation) {
    case RECORD_ANSWERED:
    case RECORD_EVALUATED:
    case RECORD_TAKEN:
        return KIND_SERVER;
    case RECORD_ASKED:
    case RECORD_RECEIVED:
    case RECORD_EVALUATION_ASKED:
    case RECORD_EVALUATION_RECEIVED:
    case RECORD_SENT:
    case RECORD_CONFIRMED:
        return KIND_CLIENT;
    default:
        return KIND_INTERNAL;
    }
}

/* Of our own: what the other side did wrong, or was not allowed, is not an error of this processing. */
static bool is_own_fault(const struct record *r)
{
    return r->fault != FAULT_NONE && fault_status(r->fault) >= 500 && r->operation != RECORD_RECEIVED &&
           r->operation != RECORD_EVALUATION_RECEIVED && r->operation != RECORD_CONFIRMED;
}

static void put_activity(struct json_writer *w, const struct record *r, bool whole)
{
    char hex[2 * sizeof r->covenant + 1];
    char urn[URN_MAX] = "";
    hex_encode(slice_of(r->covenant, sizeof r->covenant), hex);
    if (r->purpose[0] != '\0' && whole) {
        (void)snprintf(urn, sizeof urn, "urn:ketenbrug:convenant:%s:doel:%s", hex, r->purpose);
    } else if (r->purpose[0] != '\0') { /* which covenant is sealed */
        (void)snprintf(urn, sizeof urn, "urn:ketenbrug:doel:%s", r->purpose);
    }
    put_attribute(w, "dpl.core.processing_activity_id", urn);
}

static void put_subject(struct json_writer *w, const struct export_record *e)
{
    char urn[URN_MAX];
    (void)snprintf(urn, sizeof urn, "urn:ketenbrug:%s:%s", e->origin, e->subject_kind);
    if (e->seal == LOG_SEAL_WHOLE && e->subject[0] != '\0') {
        put_attribute(w, "dpl.core.data_subject_id", e->subject);
        put_attribute(w, "dpl.core.data_subject_id_type", urn);
    }
}

static void put_foreign(struct json_writer *w, const struct export_record *e, const char *trace)
{
    if (oin_is_set(&e->record->peer)) {
        char span[SPAN_ID_DIGITS + 1] = "";
        (void)slice_copy_text(span_id(e->other_id), span, sizeof span);
        put_attribute(w, "dpl.core.foreign_operation.trace_id", span[0] != '\0' ? trace : "");
        put_attribute(w, "dpl.core.foreign_operation.span_id", span);
        put_attribute(w, "dpl.core.foreign_operation.processor", e->peer_url);
    }
}

void export_span(const struct export_record *e, struct buf *out)
{
    static const struct ident none;
    const struct record *r = e->record;
    const struct ident_text request = ident_text(&r->request_id);
    const char *trace = ident_equal(&r->request_id, &none) ? e->id : request.text;
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "traceId", trace);
    json_put_slice(&w, "spanId", span_id(e->id));
    if (e->other_id[0] != '\0') {
        json_put_slice(&w, "parentSpanId", span_id(e->other_id));
    }
    json_put_text(&w, "name", record_operation_word(r->operation));
    json_put_int(&w, "kind", kind_of(r->operation));
    put_time(&w, "startTimeUnixNano", e->begin_ms);
    put_time(&w, "endTimeUnixNano", r->time_ms);
    json_begin_array(&w, "attributes");
    put_activity(&w, r, e->seal == LOG_SEAL_WHOLE);
    put_subject(&w, e);
    put_foreign(&w, e, trace);
    json_end_array(&w);
    json_begin_object(&w, "status");
    if (e->seal == LOG_SEAL_WHOLE && is_own_fault(r)) {
        json_put_int(&w, "code", STATUS_ERROR);
    }
    json_end_object(&w);
    json_end_object(&w);
}

void export_spans_open(const char *origin, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "resourceSpans");
    json_begin_object(&w, NULL);
    json_begin_object(&w, "resource");
    json_begin_array(&w, "attributes");
    put_attribute(&w, "service.name", "ketenbrug");
    put_attribute(&w, "service.version", KETENBRUG_VERSION);
    put_attribute(&w, "service.instance.id", origin);
    json_end_array(&w);
    json_end_object(&w);
    json_begin_array(&w, "scopeSpans");
    json_begin_object(&w, NULL);
    json_begin_array(&w, "spans");
}

void export_spans_close(struct buf *out)
{
    buf_text(out, "]}]}]}\n"); /* what export_spans_open left open */
}
