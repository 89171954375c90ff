#include "base/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/mem.h"

/* cJSON keeps numbers as double. 2^53 - 1 is the last integer that no other number rounds to (RFC 8259 section 6), and
 * no message needs more. */
static const double INTEGER_MAX = 9007199254740991.0;

enum { JSON_FEW_NAMES = 16 };

/* struct json is never defined: it is a cJSON under a name that other rooms may hold. */
static const cJSON *in(const struct json *value)
{
    return (const cJSON *)(const void *)value;
}

static const struct json *out_of(const cJSON *value)
{
    return (const struct json *)(const void *)value;
}

/* Gives cJSON our heap, so that tests reach its paths without memory. Before main, because the setting is cJSON's own
 * global and no thread may see it change. */
__attribute__((constructor)) static void lend_heap(void)
{
    cJSON_Hooks hooks = {mem_alloc, mem_free};
    cJSON_InitHooks(&hooks);
}

struct named {
    const cJSON *member;
};

static int compare_names(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    return strcmp(left->member->string, right->member->string);
}

struct names_check {
    struct slice text;
    const cJSON *root;
    struct error *err;
};

/* Counts the members that stand before `target` in the text; true when it was found. */
static bool count_names_before(const cJSON *value, const cJSON *target, size_t *count)
{
    for (const cJSON *child = value->child; child != NULL; child = child->next) {
        if (child == target) {
            return true;
        }
        *count += child->string != NULL;
        if (count_names_before(child, target, count)) {
            return true;
        }
    }
    return false;
}

static enum result refuse_name(const struct names_check *check, const cJSON *member, const char *why)
{
    size_t before = 0;
    (void)count_names_before(check->root, member, &before);
    TRY(json_scan_refuse_name(check->text, before, why, check->err));
    FAIL(check->err, FAULT_SYNTAX, "", "%s", why); /* whatever the place: such an object never passes */
}

/* The later of two members of one object. */
static const cJSON *later_of(const cJSON *a, const cJSON *b)
{
    for (const cJSON *m = a; m != NULL; m = m->next) {
        if (m == b) {
            return b;
        }
    }
    return a;
}

/* Duplicate names in one object. Sorted, so that a large object does not cost its square. */
/* Few names are compared each with each: quicker than sorting, and nothing is allocated. */
static enum result check_few_names(const struct names_check *check, const cJSON *object)
{
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        for (const cJSON *before = object->child; before != m; before = before->next) {
            if (strcmp(before->string, m->string) == 0) {
                return refuse_name(check, m, "een object heeft twee velden met dezelfde naam");
            }
        }
    }
    return RESULT_OK;
}

static enum result check_names(const struct names_check *check, const cJSON *object)
{
    size_t count = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        if (count++ == JSON_MEMBERS_MAX) {
            return refuse_name(check, m, "een object heeft te veel velden (hoogstens 4096)");
        }
    }
    if (count <= JSON_FEW_NAMES) {
        return check_few_names(check, object);
    }
    struct named *members = mem_array(count, sizeof *members);
    ENSURE(members != NULL, check->err, FAULT_NO_MEMORY, "", "geen geheugen");
    size_t n = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        members[n++].member = m;
    }
    qsort(members, count, sizeof *members, compare_names);
    const cJSON *duplicate = NULL;
    for (size_t i = 1; i < count && duplicate == NULL; i++) {
        if (compare_names(&members[i - 1], &members[i]) == 0) {
            duplicate = later_of(members[i - 1].member, members[i].member);
        }
    }
    mem_free(members);
    return duplicate == NULL ? RESULT_OK
                             : refuse_name(check, duplicate, "een object heeft twee velden met dezelfde naam");
}

static enum result check_all_names(const struct names_check *check, const cJSON *value)
{
    if (cJSON_IsObject(value)) {
        TRY(check_names(check, value));
    }
    for (const cJSON *child = value->child; child != NULL; child = child->next) {
        TRY(check_all_names(check, child)); /* the scan bounds the depth */
    }
    return RESULT_OK;
}

enum result json_parse(struct slice text, struct json **out, struct error *err)
{
    TRY(json_scan(text, err));
    cJSON *root = cJSON_ParseWithLength((const char *)text.ptr, text.len);
    ENSURE(root != NULL, err, FAULT_NO_MEMORY, "", "de JSON kon niet worden gelezen");
    const struct names_check check = {text, root, err};
    if (check_all_names(&check, root) != RESULT_OK) {
        json_free((struct json *)(void *)root);
        return RESULT_FAILED;
    }
    *out = (struct json *)(void *)root;
    return RESULT_OK;
}

static void wipe_text(cJSON *value)
{
    for (cJSON *child = value->child; child != NULL; child = child->next) {
        wipe_text(child);
    }
    if (value->valuestring != NULL) {
        mem_wipe(value->valuestring, strlen(value->valuestring));
    }
}

void json_free(struct json *document)
{
    if (document != NULL) {
        cJSON *root = (cJSON *)(void *)document;
        wipe_text(root);
        cJSON_Delete(root);
    }
}

void json_cleanup(struct json **document)
{
    json_free(*document);
}

enum json_kind json_kind(const struct json *value)
{
    const cJSON *v = in(value);
    if (cJSON_IsBool(v)) {
        return JSON_BOOL;
    }
    if (cJSON_IsNumber(v)) {
        return JSON_NUMBER;
    }
    if (cJSON_IsString(v)) {
        return JSON_TEXT;
    }
    if (cJSON_IsArray(v)) {
        return JSON_ARRAY;
    }
    return cJSON_IsObject(v) ? JSON_OBJECT : JSON_NULL;
}

const struct json *json_member(const struct json *object, const char *name)
{
    return object != NULL ? out_of(cJSON_GetObjectItemCaseSensitive(in(object), name)) : NULL;
}

const struct json *json_first(const struct json *container)
{
    return container != NULL ? out_of(in(container)->child) : NULL;
}

const struct json *json_next(const struct json *value)
{
    return out_of(in(value)->next);
}

const char *json_name(const struct json *member)
{
    return in(member)->string != NULL ? in(member)->string : "";
}

size_t json_size(const struct json *container)
{
    size_t count = 0;
    for (const struct json *v = json_first(container); v != NULL; v = json_next(v)) {
        count++;
    }
    return count;
}

const char *json_cstr(const struct json *value)
{
    return value != NULL && cJSON_IsString(in(value)) ? in(value)->valuestring : "";
}

struct slice json_text(const struct json *value)
{
    return slice_text(json_cstr(value));
}

static bool is_integer(const cJSON *value)
{
    const double d = value->valuedouble;
    return cJSON_IsNumber(value) && d >= -INTEGER_MAX && d <= INTEGER_MAX && (double)(int64_t)d == d;
}

bool json_is_integer(const struct json *value)
{
    return value != NULL && is_integer(in(value));
}

int64_t json_int(const struct json *value)
{
    return value != NULL && is_integer(in(value)) ? (int64_t)in(value)->valuedouble : 0;
}

bool json_bool(const struct json *value)
{
    return value != NULL && cJSON_IsTrue(in(value));
}

struct slice json_text_of(const struct json *object, const char *name)
{
    return json_text(json_member(object, name));
}

static const char *const kind_names[] = {"leeg", "ja of nee", "een geheel getal", "tekst", "een lijst", "een object"};

/* A field's JSON Pointer; written only once there is a fault to tell, because most messages have none. */
struct place {
    char text[FAULT_WHERE_MAX];
};

static struct place place_of(const char *pointer, const char *name)
{
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "%s/%s", pointer, name);
    return place;
}

static void check_bounds(const cJSON *value, const struct json_field *field, const char *pointer,
                         struct fault_list *faults)
{
    int64_t size = 0;
    const char *unit = "";
    switch (field->kind) {
    case JSON_TEXT:
        size = (int64_t)strlen(value->valuestring);
        unit = " bytes";
        break;
    case JSON_NUMBER:
        if (!is_integer(value)) {
            fault_list_add(faults, FAULT_INVALID, place_of(pointer, field->name).text, "hier hoort een geheel getal");
            return;
        }
        size = (int64_t)value->valuedouble;
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        size = (int64_t)json_size(out_of(value));
        unit = " onderdelen";
        break;
    default:
        return;
    }
    if (size < field->min || size > field->max) {
        fault_list_add(faults, FAULT_INVALID, place_of(pointer, field->name).text,
                       "toegestaan is %lld tot en met %lld%s", (long long)field->min, (long long)field->max, unit);
    }
}

/* `count` when none has this name. */
static size_t field_named(const struct json_field *fields, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(fields[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void check_member(const struct json *value, const struct json_field *field, const char *pointer,
                         struct fault_list *faults)
{
    if (value == NULL) {
        if (field->required) {
            fault_list_add(faults, FAULT_INVALID, place_of(pointer, field->name).text, "dit veld ontbreekt");
        }
    } else if (json_kind(value) != field->kind) {
        fault_list_add(faults, FAULT_INVALID, place_of(pointer, field->name).text, "hier hoort %s",
                       kind_names[field->kind]);
    } else {
        check_bounds(in(value), field, pointer, faults);
    }
}

void json_check(const struct json *object, const char *pointer, const struct json_field *fields, size_t count,
                struct fault_list *faults)
{
    const struct json *values[JSON_FIELDS_MAX] = {NULL}; /* of the fields, in their order */
    if (count > JSON_FIELDS_MAX) {
        fault_list_add(faults, FAULT_INTERNAL, pointer, "meer dan %d velden in een tabel", (int)JSON_FIELDS_MAX);
        return;
    }
    if (object == NULL || json_kind(object) != JSON_OBJECT) {
        fault_list_add(faults, FAULT_INVALID, pointer, "hier hoort een object");
        return;
    }
    for (const struct json *m = json_first(object); m != NULL; m = json_next(m)) {
        const size_t field = field_named(fields, count, json_name(m));
        if (field == count) {
            /* The name comes from the sender and may be anything: it is not repeated. */
            fault_list_add(faults, FAULT_INVALID, pointer, "dit object heeft een onbekend veld");
        } else {
            values[field] = m;
        }
    }
    for (size_t i = 0; i < count; i++) {
        check_member(values[i], &fields[i], pointer, faults);
    }
}
