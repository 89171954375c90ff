/* Any bytes as stored value; one that is accepted has exactly this stored form, and can be checked and written. */
#include <stdlib.h>

#include "domain/fact.h"
#include "domain/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERSION_NOW = 2 };

static const struct date today = {2026, 11, 22};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

#define TRY_AS(type)                                                                                                   \
    do {                                                                                                               \
        struct type value;                                                                                             \
        struct error err = {0};                                                                                        \
        struct fault_list faults = {0};                                                                                \
        if (type##_decode(slice_of(data, size), &value, &err) == RESULT_OK) {                                          \
            struct buf out;                                                                                            \
            buf_init(&out, 65536);                                                                                     \
            type##_encode(&value, &out);                                                                               \
            /* What an older program stored is stored anew in today's form. */                                         \
            require(buf_ok(&out) && (data[0] < VERSION_NOW || slice_equal(buf_slice(&out), slice_of(data, size))));    \
            type##_check(&value, "", &today, &faults);                                                                 \
            buf_clear(&out);                                                                                           \
            struct json_writer w = json_writer(&out);                                                                  \
            type##_write(&w, NULL, &value);                                                                            \
            struct json *document = NULL;                                                                              \
            require(buf_ok(&out) && json_parse(buf_slice(&out), &document, &err) == RESULT_OK);                        \
            struct fault_list again = {0};                                                                             \
            type##_read(document, "", &today, &value, &again);                                                         \
            /* What is in order stays in order on its way through JSON. */                                             \
            require(faults.count != 0 || again.count == 0);                                                            \
            json_free(document);                                                                                       \
            buf_free(&out);                                                                                            \
        } else {                                                                                                       \
            require(err.fault == FAULT_STORE);                                                                         \
        }                                                                                                              \
    } while (0)

static void try_fact(const uint8_t *data, size_t size)
{
    struct fact fact;
    struct error err = {0};
    if (fact_decode(slice_of(data, size), &fact, &err) != RESULT_OK) {
        require(err.fault == FAULT_STORE);
        return;
    }
    struct buf out;
    buf_init(&out, 65536);
    fact_encode(&fact, &out);
    require(buf_ok(&out) && slice_equal(buf_slice(&out), slice_of(data, size)));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_fact(data, size);
    TRY_AS(subject);
    TRY_AS(household);
    TRY_AS(involvement);
    return 0;
}
