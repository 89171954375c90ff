#include "policy/covenant_parts.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/jcs.h"
#include "base/mem.h"
#include "policy/read.h"

enum { HEADING_MAX = 200, CONTROLLERSHIP_MAX = 2000 };

static const struct json_field document_fields[] = {
    {"naam", JSON_TEXT, true, 1, HEADING_MAX},
    {"versie", JSON_TEXT, true, 1, CODE_MAX},
    {"voorbeeld", JSON_BOOL, false, 0, 0},
    {"geldigheid", JSON_OBJECT, true, 1, INT64_MAX},
    {"dpia", JSON_TEXT, true, 1, HEADING_MAX},
    {"verwerkingsverantwoordelijkheid", JSON_TEXT, true, 1, CONTROLLERSHIP_MAX},
    {"voorganger", JSON_TEXT, false, COVENANT_HASH_SIZE - 1, COVENANT_HASH_SIZE - 1},
    {"toestemming", JSON_OBJECT, true, 1, INT64_MAX},
    {"reglement", JSON_OBJECT, true, 1, INT64_MAX},
    {"inzage", JSON_OBJECT, false, 0, INT64_MAX},
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
    {"rollen", JSON_ARRAY, true, 1, COVENANT_ROLES_MAX},
    {"doelen", JSON_ARRAY, true, 1, COVENANT_PURPOSES_MAX},
    {"grondslagen", JSON_ARRAY, true, 1, COVENANT_BASES_MAX},
    {"partijen", JSON_ARRAY, true, 1, COVENANT_PARTIES_MAX},
    {"getuigen", JSON_ARRAY, true, 0, COVENANT_WITNESSES_MAX},
    {"regels", JSON_ARRAY, true, 0, COVENANT_RULES_MAX},
    {"opdrachten", JSON_ARRAY, false, 0, TASK_KINDS_MAX},
};

static const struct json_field validity_fields[] = {
    {"van", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

const char *covenant_keep(struct covenant *covenant, const struct json *text)
{
    const struct slice from = json_text(text);
    if (text == NULL || covenant->text_size - covenant->text_used <= from.len) {
        return NULL;
    }
    char *to = covenant->text + covenant->text_used;
    memcpy(to, from.ptr, from.len);
    to[from.len] = '\0';
    covenant->text_used += from.len + 1;
    return to;
}

/*
 * A number that is written with a fraction or an exponent, in text that is JSON already: the one place where a digit is
 * followed by '.', 'e' or 'E' outside a string.
 */
static void refuse_fractions(struct slice json, struct fault_list *faults)
{
    unsigned line = 1;
    bool in_text = false;
    for (size_t i = 0; i < json.len; i++) {
        const uint8_t c = json.ptr[i];
        if (in_text) {
            i += c == '\\';
            in_text = c != '"';
            continue;
        }
        in_text = c == '"';
        line += c == '\n';
        const bool after_digit = i > 0 && json.ptr[i - 1] >= '0' && json.ptr[i - 1] <= '9';
        if (after_digit && (c == '.' || c == 'e' || c == 'E')) {
            char where[FAULT_WHERE_MAX];
            (void)snprintf(where, sizeof where, "regel %u", line);
            fault_list_add(faults, FAULT_INVALID, where, "getallen zijn hier geheel: zonder punt en zonder exponent");
            return;
        }
    }
}

static void read_heading(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    json_check(document, "", document_fields, COUNT_OF(document_fields), faults);
    covenant->name = covenant_keep(covenant, read_text(document, "", "naam", faults));
    covenant->version = covenant_keep(covenant, read_code(document, "", "versie", faults));
    covenant->sample = json_bool(json_member(document, "voorbeeld"));
    (void)read_text(document, "", "dpia", faults);
    (void)read_text(document, "", "verwerkingsverantwoordelijkheid", faults);
    const struct json *validity = json_member(document, "geldigheid");
    if (validity == NULL || json_kind(validity) != JSON_OBJECT) {
        return;
    }
    json_check(validity, "/geldigheid", validity_fields, COUNT_OF(validity_fields), faults);
    const bool from = read_date(validity, "/geldigheid", "van", &covenant->from, faults);
    const bool until = read_date(validity, "/geldigheid", "tot", &covenant->until, faults);
    if (from && until && date_compare(&covenant->from, &covenant->until) > 0) {
        fault_list_add(faults, FAULT_INVALID, "/geldigheid", "het einde ligt voor het begin");
    }
}

static void read_document(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    read_heading(covenant, document, faults);
    if (json_kind(document) != JSON_OBJECT) {
        return;
    }
    covenant_read_terms(covenant, document, faults);
    covenant_read_lists(covenant, document, faults);
    covenant_read_parties(covenant, document, faults);
    covenant_read_rules(covenant, document, faults);
    covenant_read_tasks(covenant, document, faults);
}

/* The hash that parties sign: over the canonical form, so that spaces and order of members leave no trace. */
static void sign_off(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    struct error err;
    struct sha3_512 digest;
    struct buf text;
    buf_init(&text, COVENANT_BYTES_MAX); /* never longer than the document: no number has an exponent here */
    if (jcs_write(document, &text, &err) != RESULT_OK || sha3_512_of(buf_slice(&text), &digest, &err) != RESULT_OK) {
        read_out_of_memory(faults); /* a document without faults fits and has integers alone */
    } else {
        memcpy(covenant->hash, COVENANT_HASH_PREFIX, sizeof COVENANT_HASH_PREFIX - 1);
        base64url_write(slice_of(digest.bytes, sizeof digest.bytes), covenant->hash + sizeof COVENANT_HASH_PREFIX - 1);
    }
    buf_free(&text);
}

enum result covenant_parse(struct slice json, struct covenant **out, struct fault_list *faults)
{
    struct error err;
    struct json *document CLEANUP(json_cleanup) = NULL;
    const size_t before = faults->count;
    if (json.len > COVENANT_BYTES_MAX) {
        fault_list_add(faults, FAULT_TOO_LARGE, "", "een convenant heeft hoogstens %d bytes", COVENANT_BYTES_MAX);
        return RESULT_FAILED;
    }
    if (json_parse(json, &document, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
        return RESULT_FAILED;
    }
    struct covenant *covenant = mem_zalloc(sizeof *covenant);
    /* Every text of the document, with a zero for its quotes: never longer than the document. */
    char *text = mem_alloc(json.len);
    if (covenant == NULL || text == NULL) {
        mem_free(covenant);
        mem_free(text);
        read_out_of_memory(faults);
        return RESULT_FAILED;
    }
    covenant->text = text;
    covenant->text_size = json.len;
    sha256_of(json, &covenant->digest);
    refuse_fractions(json, faults);
    read_document(covenant, document, faults);
    if (faults->count == before) {
        covenant_index(covenant, faults);
        sign_off(covenant, document, faults);
    }
    if (faults->count != before) {
        covenant_free(covenant);
        return RESULT_FAILED;
    }
    *out = covenant;
    return RESULT_OK;
}

void covenant_free(struct covenant *covenant)
{
    if (covenant == NULL) {
        return;
    }
    codes_free(&covenant->kind_codes);
    codes_free(&covenant->role_codes);
    codes_free(&covenant->purpose_codes);
    codes_free(&covenant->basis_codes);
    codes_free(&covenant->task_codes);
    codes_free(&covenant->oins);
    codes_free(&covenant->origins);
    mem_free(covenant->purposes);
    mem_free(covenant->bases);
    mem_free(covenant->parties);
    mem_free(covenant->areas);
    mem_free(covenant->rules);
    mem_free(covenant->tasks);
    mem_free(covenant->starts);
    mem_free(covenant->entries);
    mem_free(covenant->text);
    mem_free(covenant);
}
