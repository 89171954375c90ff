/* What a client's frames cost its peer. All allowances are the peer's, shared by its connections (quota.h). */
#include "http/request.h"
#include "http/session.h"

enum { SETTING_BYTES = 6 }; /* of one entry (RFC 9113, 6.5.1) */

static const struct allowance_rate frames_rate = {HTTP_FRAMES_BURST, HTTP_FRAMES_PER_S};
static const struct allowance_rate resets_rate = {HTTP_RESETS_BURST, HTTP_RESETS_PER_S};
static const struct allowance_rate key_updates_rate = {HTTP_KEY_UPDATES_BURST, HTTP_KEY_UPDATES_PER_S};

static void tell_cut(struct session *session, const char *of)
{
    struct error err;
    session->cut = true;
    session->core->stats.cut_abuse++;
    (void)error_set(&err, FAULT_TOO_MANY, "", "te veel %s", of);
    core_tell_refused(session->core, session->owner.peer, "", &err);
}

static void charge(struct session *session, struct allowance *allowance, const struct allowance_rate *rate,
                   uint32_t amount, const char *of)
{
    if (allowance_take(allowance, rate, session->core->now, amount) || session_is_cut(session)) {
        return;
    }
    tell_cut(session, of);
    session_check(session, nghttp2_session_terminate_session(session->h2, NGHTTP2_ENHANCE_YOUR_CALM));
    session_wake(session);
}

void session_charge_flood(struct session *session)
{
    if (!session->cut) {
        tell_cut(session, "frames die op een antwoord of een vervolg wachten");
    }
}

/* A client that opens and resets streams makes us work for nothing (CVE-2023-44487); so does one whose streams we must
 * reset. Both draw on one allowance. */
void session_charge_reset(struct session *session)
{
    charge(session, &session->quota->resets, &resets_rate, 1, "afgebroken verzoeken");
}

/* Half the work of a handshake, and as much to answer it. */
void session_charge_key_updates(struct session *session, uint32_t count)
{
    if (count != 0) {
        charge(session, &session->quota->key_updates, &key_updates_rate, count, "nieuwe TLS-sleutels");
    }
}

void session_charge_idle(struct session *session, uint32_t count)
{
    if (count != 0) {
        charge(session, &session->quota->frames, &frames_rate, count, "frames die niets vragen");
    }
}

/* Frames that ask nothing are cheap to send and cost us a look each: pings and their answers, settings, priorities,
 * windows, goodbyes, types that nobody knows (RFC 9113, 10.5), and bodies in crumbs. Headers pay their own way: as
 * requests, or as blocks that have bounds. */
static void charge_frame(struct session *session, const struct frame_seen *frame)
{
    switch (frame->type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
        return;
    case NGHTTP2_RST_STREAM:
        session_charge_reset(session);
        return;
    case NGHTTP2_DATA:
        session_charge_idle(session, frame->length < HTTP_DATA_SMALL ? 1 : 0);
        return;
    case NGHTTP2_SETTINGS: /* each entry can be a new window for every stream */
        session_charge_idle(session, 1 + frame->length / SETTING_BYTES);
        return;
    default:
        session_charge_idle(session, 1);
    }
}

void session_charge_frames(struct session *session, struct slice bytes)
{
    struct frame_seen frame;
    while (frame_scan_next(&session->scan, &bytes, &frame)) {
        charge_frame(session, &frame);
    }
}

void session_reward_request(struct session *session)
{
    allowance_give(&session->quota->frames, HTTP_FRAMES_PER_REQUEST);
}
