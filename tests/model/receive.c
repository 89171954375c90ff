#include "receive.h"

#include "faults.h"

static void hash_message(const struct message *message, struct sha256 *out)
{
    uint8_t bytes[4 + 3 * IDENT_SIZE + SHA256_SIZE] = {message->kind, message->thread, message->number, message->step};
    memcpy(bytes + 4, message->proposal.bytes, IDENT_SIZE);
    memcpy(bytes + 4 + IDENT_SIZE, message->spoor.bytes, IDENT_SIZE);
    memcpy(bytes + 4 + 2 * IDENT_SIZE, message->match.bytes, IDENT_SIZE);
    memcpy(bytes + 4 + 3 * IDENT_SIZE, message->event.chain.bytes, SHA256_SIZE);
    sha256_of(slice_of(bytes, sizeof bytes), out);
}

static const struct in_row *kept_of(const struct disk *disk, int from, const struct ident *id)
{
    for (int i = 0; i < IN_ROWS && disk->in[i].row.used; i++) {
        if (disk->in[i].from == from && ident_equal(&disk->in[i].id, id)) {
            return &disk->in[i];
        }
    }
    return NULL;
}

static void keep(struct world *world, int node, struct work *work, const struct sha256 *hash)
{
    const int index = rows_free(&world->nodes[node].disk, &work->batch, TABLE_IN);
    if (index < 0) {
        work->answer = (struct answer){.status = 503};
        work->batch.count = 0;
        return;
    }
    struct in_row *row = rows_change(world, node, &work->batch, TABLE_IN, index);
    const uint32_t version = row->row.version;
    *row = (struct in_row){.row = {version, true}, .from = work->message.from, .kind = work->message.kind};
    row->id = work->message.id;
    row->hash = *hash;
    if (!faulty(world, BREAK_NO_TOMBSTONE)) {
        row->spoor = work->message.spoor;
    }
    row->answer = work->answer;
}

static void prepare_request(struct world *world, int node, struct work *work)
{
    const struct message *message = &work->message;
    struct sha256 hash;
    if (!holds_covenant(world, node, message->from)) {
        work->answer.status = 403;
        return;
    }
    hash_message(message, &hash);
    const struct in_row *kept =
        faulty(world, BREAK_NOT_IDEMPOTENT) ? NULL : kept_of(&world->nodes[node].disk, message->from, &message->id);
    switch (incoming_verdict(kept != NULL ? &kept->hash : NULL, &hash)) {
    case INCOMING_AGAIN:
        world->counts[HAPPENED_KEPT]++;
        work->answer = kept->answer;
        return;
    case INCOMING_OTHER:
        work->answer.status = 409;
        return;
    case INCOMING_NEW:
        break;
    }
    KINDS[message->kind].take(world, node, work);
    if (work->answer.status == 200) {
        keep(world, node, work, &hash);
    } else {
        work->batch.count = 0;
        work->batch.used = 0;
        world->counts[HAPPENED_REFUSED]++;
    }
}

static void done_request(struct world *world, int node, struct work *work)
{
    deliver_wake(world, node, work);
    if (work->token == 0) {
        return; /* forged by a step: nobody waits */
    }
    const int to = work->message.from;
    struct packet *packet = deliver_send(world, node, to, work->token, &work->message);
    if (packet != NULL) {
        packet->is_answer = true;
        packet->life = work->life;
        packet->answer = work->answer;
    }
}

/* One at a time per sender and thread; the same request twice at once is refused. */
static const struct work *at_work_on(const struct node *node, const struct message *message)
{
    for (int i = 0; i < node->work_count; i++) {
        const struct work *work = &node->works[(node->work_first + i) % WORKS];
        const struct message *other = &work->message;
        if (work->incoming && other->from == message->from &&
            (ident_equal(&other->id, &message->id) ||
             (other->thread == message->thread && ident_equal(&other->match, &message->match)))) {
            return work;
        }
    }
    return NULL;
}

bool receive_request(struct world *world, const struct packet *packet)
{
    struct node *at = &world->nodes[packet->to];
    if (!at->up) {
        return true; /* refused by the machine: silence */
    }
    const struct work *other = at_work_on(at, &packet->message);
    if (other != NULL && ident_equal(&other->message.id, &packet->message.id)) {
        struct packet *answer = deliver_send(world, packet->to, packet->from, packet->token, &packet->message);
        if (answer != NULL) {
            answer->is_answer = true;
            answer->life = packet->life;
            answer->answer = (struct answer){.status = 503};
        }
        return true;
    }
    const bool meets = packet->message.kind == SIGNAL || packet->message.kind == SIGNAL_END;
    struct work *work = NULL;
    if (other == NULL && !(meets && deliver_meets(at, packet->from))) {
        work = work_begin(world, packet->to, prepare_request, done_request);
    }
    if (work == NULL) {
        return false; /* it waits for its turn */
    }
    work->meets = meets;
    work->partner = packet->from;
    delivery_line_wake(&at->lines[packet->from], world->now_ms, world_draw(world, UINT32_MAX));
    work->incoming = true;
    work->message = packet->message;
    work->token = packet->token;
    work->life = packet->life;
    work->draw = world_draw(world, UINT32_MAX);
    work_ready(world, packet->to, work);
    return true;
}
