/* What RFC 9113 demands of a receiver and nghttp2 (1.52) lets pass. Each rule has its row in tests/conformance. */
#include "http/session.h"

#include "base/limits.h"

static uint32_t flaw_of(const struct session *session, const nghttp2_frame_hd *frame)
{
    switch (frame->type) {
    case NGHTTP2_CONTINUATION: /* of other frames nghttp2 looks at the length (4.2) */
        return frame->length > HTTP_FRAME_BYTES                  ? NGHTTP2_FRAME_SIZE_ERROR
               : session->continuations > HTTP_CONTINUATIONS_MAX ? NGHTTP2_ENHANCE_YOUR_CALM
                                                                 : NGHTTP2_NO_ERROR;
    case NGHTTP2_PRIORITY: /* not looked at, because we gave up priorities; stream 0 is an error all the same (6.3) */
        return frame->stream_id == 0 ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR;
    default:
        return NGHTTP2_NO_ERROR;
    }
}

void session_rules_received(struct session *session, const nghttp2_frame_hd *frame)
{
    session->continuations = frame->type == NGHTTP2_CONTINUATION ? session->continuations + 1 : 0;
    const uint32_t flaw = flaw_of(session, frame);
    if (flaw == NGHTTP2_ENHANCE_YOUR_CALM) {
        session_charge_flood(session);
    }
    if (flaw != NGHTTP2_NO_ERROR) {
        session_check(session, nghttp2_session_terminate_session(session->h2, flaw));
    }
}

void session_rules_sent(struct session *session, const nghttp2_frame *frame)
{
    /* Settings that lift a window too high are an error of the whole connection (6.9.2), of which nghttp2 makes one of
     * each stream; windows that do not add up otherwise may be one (5.4.1). */
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code == NGHTTP2_FLOW_CONTROL_ERROR) {
        session_check(session, nghttp2_session_terminate_session(session->h2, NGHTTP2_FLOW_CONTROL_ERROR));
    }
}
