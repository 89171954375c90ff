#include "domain/order.h"

#include "base/mem.h"

static const char *const kind_words[ORDER_KIND_COUNT] = {
#define X(code, word) [code] = (word),
    ORDER_KIND_TABLE(X)
#undef X
};

const char *order_kind_word(enum order_kind kind)
{
    return (unsigned)kind < ORDER_KIND_COUNT ? kind_words[kind] : "";
}

bool order_kind_parse(struct slice word, enum order_kind *out)
{
    for (unsigned i = 0; i < ORDER_KIND_COUNT; i++) {
        if (slice_is(word, kind_words[i])) {
            *out = (enum order_kind)i;
            return true;
        }
    }
    return false;
}

bool order_in_force(const struct order *order, const struct date *day)
{
    return date_compare(day, &order->from) >= 0 && date_compare(day, &order->until) <= 0 &&
           (!date_is_set(&order->ended) || date_compare(day, &order->ended) <= 0);
}

size_t order_terms(const struct order *order, const struct date *today, struct term out[TERM_COUNT])
{
    if (date_is_set(&order->ended)) {
        return 0;
    }
    out[0] = (struct term){TERM_END, order->until, date_compare(today, &order->until) > 0};
    return 1;
}

enum result order_end(struct order *order, const struct date *last, struct error *err)
{
    ENSURE(date_compare(last, &order->until) <= 0, err, FAULT_INVALID, "/einde",
           "een maatregel duurt niet langer dan de rechter bepaalde; leg een verlenging vast als nieuwe maatregel");
    ENSURE(!date_is_set(&order->ended) || date_compare(last, &order->ended) < 0, err, FAULT_CONFLICT, "/einde",
           "deze maatregel is al eerder of even vroeg beëindigd");
    order->ended = *last;
    return RESULT_OK;
}

void order_encode(const struct order *order, struct buf *out)
{
    matter_encode(&order->matter, (uint8_t)order->kind, out);
    matter_put_date(out, &order->from);
    matter_put_date(out, &order->until);
    matter_put_date(out, &order->ended);
}

enum result order_decode(struct slice bytes, struct order *out, struct error *err)
{
    struct order order = {0};
    struct matter_reader in = {.rest = bytes};
    uint8_t kind = 0;
    matter_decode(&in, &order.matter, &kind, ORDER_KIND_COUNT);
    order.kind = (enum order_kind)kind;
    matter_take_date(&in, &order.from);
    matter_take_date(&in, &order.until);
    matter_take_date(&in, &order.ended);
    in.bad = in.bad || !date_is_set(&order.from) || !date_is_set(&order.until);
    const enum result result = matter_end(&in, err);
    if (result == RESULT_OK) {
        *out = order;
    }
    mem_wipe(&order, sizeof order);
    return result;
}
