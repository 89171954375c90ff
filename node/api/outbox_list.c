/* What a person sees of the outbox: no personal data, only what goes where and how far it came. */
#include <stdio.h>
#include <string.h>

#include "api/outbox_parts.h"
#include "api/query.h"
#include "base/mem.h"

void message_show(struct json_writer *w, const struct covenant *covenant, const struct ident *id,
                  const struct message *message)
{
    const struct party *party = covenant_party(covenant, &message->partner);
    json_begin_object(w, NULL);
    json_put_text(w, "bericht", ident_text(id).text);
    json_put_text(w, "soort", message_kind_word(message->kind));
    json_put_text(w, "ketenpartner", message->partner.digits);
    json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_text(w, "toestand", message_state_word(message->state));
    json_put_text(w, "sinds", moment_text(message->created_ms).text);
    json_put_int(w, "pogingen", message->tries);
    if (message->state == MESSAGE_CONFIRMED) {
        json_put_text(w, "bevestigdOp", moment_text(message->settled_ms).text);
    } else if (message->tries != 0) {
        json_put_text(w, "oorzaak",
                      message->outcome == PEER_ANSWERED ? "geweigerd" : peer_outcome_slug(message->outcome));
        json_put_int(w, "status", message->status);
    }
    if (message->state == MESSAGE_WAITING && message->next_ms != 0) {
        json_put_text(w, "volgendePoging", moment_text(message->next_ms).text);
    }
    json_end_object(w);
}

/* As a withdrawal is shown, but that its failure is that of the line. */
static void post_show(struct json_writer *w, const struct post_line *line, const struct ident *id,
                      const struct outgoing *row)
{
    struct message message = {.kind = row->post.kind,
                              .state = row->state,
                              .partner = row->post.partner,
                              .created_ms = row->created_ms,
                              .tries = row->tries,
                              .outcome = row->outcome,
                              .status = row->status};
    if (row->state == MESSAGE_WAITING && line->failed_ms != 0) {
        message.outcome = line->outcome;
        message.status = line->status;
        message.next_ms = line->window.resume_ms;
    }
    const struct api_covenant *held = api_covenant_with(line->outbox->api, &line->partner);
    message_show(w, (held != NULL ? held : line->outbox->api->covenant)->covenant, id, &message);
}

enum { OUTBOX_LIST_PAGES = 8 };

struct listing {
    struct call call;
    struct ident after;
    bool goes_on;
    struct oin partner;       /* not set: any */
    enum message_state state; /* MESSAGE_STATE_COUNT: any */
    struct json_writer w;
    size_t shown;
    /* Of the withdrawals' page. */
    bool failed;
    bool more;
    struct ident last;
    /* Where the posts are: of this line, this lane, behind this place. */
    size_t line;
    int lane;
    uint64_t place;
};

static bool is_asked(const struct listing *l, const struct oin *partner, enum message_state state)
{
    return (!oin_is_set(&l->partner) || oin_equal(&l->partner, partner)) &&
           (l->state == MESSAGE_STATE_COUNT || l->state == state);
}

/* ---- lines ---- */

static const char *line_word(const struct post_line *line, int64_t now_ms)
{
    return line->silent                      ? "stil"
           : line->window.resume_ms > now_ms ? "wacht"
           : !outbox_line_counted(line)      ? "telt-nog"
                                             : "gaat";
}

static void line_show(struct listing *l, const struct post_line *line)
{
    const int64_t now = clock_now(l->call.api->clock);
    const struct party *party = covenant_party(l->call.covenant, &line->partner);
    json_begin_object(&l->w, NULL);
    json_put_text(&l->w, "ketenpartner", line->partner.digits);
    json_put_text(&l->w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_int(&l->w, "wachtend", (int64_t)line->rows);
    json_put_int(&l->w, "vastgelopen", (int64_t)line->stuck);
    json_put_text(&l->w, "stand", line_word(line, now));
    if (line->oldest_ms != 0) {
        json_put_text(&l->w, "oudste", moment_text(line->oldest_ms).text);
    }
    if (line->window.resume_ms > now) {
        json_put_text(&l->w, "oorzaak",
                      line->outcome == PEER_ANSWERED ? "geweigerd" : peer_outcome_slug(line->outcome));
        json_put_text(&l->w, "volgendePoging", moment_text(line->window.resume_ms).text);
    }
    json_end_object(&l->w);
}

static void lines_show(struct listing *l)
{
    const struct outbox *outbox = l->call.api->outbox;
    json_begin_array(&l->w, "lijnen");
    for (size_t i = 0; i < outbox->line_count; i++) {
        const struct post_line *line = outbox->lines[i];
        if (line->rows != 0 && is_asked(l, &line->partner, l->state)) {
            line_show(l, line);
        }
    }
    json_end_array(&l->w);
}

/* ---- a page: withdrawals, then posts line by line ---- */

/* Where the posts' page goes on, in the form of an identifier: none of those begins with so many zeros. */
enum { CURSOR_ZEROS = 8, CURSOR_LINE = 5 };

static struct ident cursor_of(size_t line, int lane, uint64_t place)
{
    struct ident id = {{0}};
    id.bytes[CURSOR_ZEROS] = (uint8_t)(line >> 8U);
    id.bytes[CURSOR_ZEROS + 1] = (uint8_t)line;
    id.bytes[CURSOR_ZEROS + 2] = (uint8_t)lane;
    for (unsigned i = 0; i < CURSOR_LINE; i++) {
        id.bytes[CURSOR_ZEROS + 3 + i] = (uint8_t)(place >> (8 * (CURSOR_LINE - 1 - i)));
    }
    return id;
}

static bool cursor_read(struct listing *l)
{
    static const uint8_t zeros[CURSOR_ZEROS] = {0};
    const uint8_t *at = l->after.bytes + CURSOR_ZEROS;
    if (memcmp(l->after.bytes, zeros, sizeof zeros) != 0) {
        return false;
    }
    l->line = (size_t)at[0] << 8U | at[1];
    l->lane = at[2];
    l->place = 0;
    for (unsigned i = 0; i < CURSOR_LINE; i++) {
        l->place = l->place << 8U | at[3 + i];
    }
    return true;
}

static void posts_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    const struct post_line *line = l->call.api->outbox->lines[l->line];
    l->failed = err != NULL;
    l->more = more && count != 0;
    for (size_t i = 0; i < count; i++) {
        struct outgoing row;
        struct error fault;
        l->place = items[i].ordinal;
        if (outgoing_decode(items[i].payload, &row, &fault) == RESULT_OK && is_asked(l, &row.post.partner, row.state)) {
            post_show(&l->w, line, &items[i].id, &row);
            l->shown++;
        }
    }
}

/* True: there are more than this page. A page is short when few of what was read are asked for. */
static bool posts_show(struct listing *l)
{
    struct outbox *outbox = l->call.api->outbox;
    size_t pages = 0;
    for (; l->line < outbox->line_count; l->line++, l->lane = 0) {
        const struct post_line *line = outbox->lines[l->line];
        if (oin_is_set(&l->partner) && !oin_equal(&l->partner, &line->partner)) {
            continue;
        }
        for (; l->lane < DELIVERY_LANE_COUNT; l->lane++, l->place = 0) {
            l->more = true;
            while (l->more && !l->failed) {
                if (l->shown >= STORE_LIST_MAX || pages++ == OUTBOX_LIST_PAGES) {
                    return true;
                }
                store_list_children_damaged_too(outbox->api->door, STORE_OUTGOING, &line->lanes[l->lane].parent,
                                                l->place, STORE_LIST_MAX - l->shown, posts_read, l);
            }
        }
    }
    return false;
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    l->failed = err != NULL;
    l->more = more && count != 0;
    for (size_t i = 0; i < count; i++) {
        struct message message;
        struct error fault;
        if (message_decode(items[i].payload, &message, &fault) == RESULT_OK &&
            is_asked(l, &message.partner, message.state)) {
            message_show(&l->w, l->call.covenant, &items[i].id, &message);
            l->shown++;
        }
        l->last = items[i].id;
        mem_wipe(&message, sizeof message);
    }
}

static void list_page(struct listing *l)
{
    const bool in_posts = l->goes_on && cursor_read(l);
    struct ident next;
    l->w = json_writer(&l->call.body);
    json_begin_object(&l->w, NULL);
    if (!l->goes_on) {
        lines_show(l);
    }
    json_begin_array(&l->w, "berichten");
    if (!in_posts) {
        store_list(l->call.api->door, STORE_MESSAGE, l->goes_on ? &l->after : NULL, STORE_LIST_MAX, listed, l);
    }
    bool more = !in_posts && l->more;
    next = l->last;
    if (!more && !l->failed) {
        more = posts_show(l);
        next = cursor_of(l->line, l->lane, l->place);
    }
    json_end_array(&l->w);
    if (more) {
        json_put_text(&l->w, "volgende", ident_text(&next).text);
    }
    json_end_object(&l->w);
}

static void read_question(struct listing *l, struct fault_list *faults)
{
    const struct slice query = http_request_query(l->call.request);
    struct slice value;
    l->state = MESSAGE_STATE_COUNT;
    l->goes_on = query_find(query, "na", &value);
    if (l->goes_on && !ident_parse(value, &l->after)) {
        fault_list_add(faults, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    }
    if (query_find(query, "ketenpartner", &value) && !oin_parse(value, &l->partner)) {
        fault_list_add(faults, FAULT_INVALID, "ketenpartner", "hier hoort een OIN van %d cijfers", OIN_DIGITS);
    }
    if (query_find(query, "stand", &value)) {
        unsigned state = 0;
        while (state < MESSAGE_STATE_COUNT &&
               !slice_equal(value, slice_text(message_state_word((enum message_state)state)))) {
            state++;
        }
        l->state = (enum message_state)state;
        if (state == MESSAGE_STATE_COUNT) {
            fault_list_add(faults, FAULT_INVALID, "stand", "hier hoort wachtend, bevestigd of vastgelopen");
        }
    }
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct fault_list faults = {0};
    read_question(l, &faults);
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    outbox_lines_look(call->api->outbox);
    list_page(l);
    if (l->failed) {
        struct error err;
        (void)error_set(&err, FAULT_STORE, "", "de berichten kunnen niet worden gelezen");
        buf_clear(&call->body);
        call_fail(call, &err);
    } else {
        call_answer(call, 200);
    }
}

void outbox_list(struct http_request *request, void *ctx)
{
    struct listing *l = (struct listing *)call_begin(ctx, request, sizeof *l);
    if (l != NULL) {
        call_require(&l->call, OUTBOX_MAY_SEE, list);
    }
}
