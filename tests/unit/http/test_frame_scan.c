/* Frame headers are found wherever the reads fall. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "http/frame_scan.h"

static const uint8_t sent[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                              "\0\0\x06\x04\0\0\0\0\0"
                              "abcdef"
                              "\0\0\0\x06\x01\0\0\0\0"
                              "\0\x01\x02\xbe\xff\0\0\0\x01";
enum { REST = 0x102, SENT = sizeof sent - 1 };

static void each_header_is_found_once(void **state)
{
    (void)state;
    static const struct frame_seen wanted[] = {{6, 4}, {0, 6}, {REST, 0xbe}, {1, 7}};
    uint8_t all[SENT + REST + 9] = {0};
    memcpy(all, sent, SENT);
    memset(all + SENT, 0xff, REST); /* what a payload holds is no header */
    const uint8_t last[9] = {0, 0, 1, 7};
    memcpy(all + SENT + REST, last, sizeof last);
    for (size_t step = 1; step <= sizeof all; step++) {
        struct frame_scan scan;
        struct frame_seen seen;
        size_t count = 0;
        frame_scan_start(&scan);
        for (size_t at = 0; at < sizeof all; at += step) {
            struct slice bytes = slice_of(all + at, sizeof all - at < step ? sizeof all - at : step);
            for (; frame_scan_next(&scan, &bytes, &seen); count++) {
                assert_true(count < COUNT_OF(wanted));
                assert_int_equal(seen.length, wanted[count].length);
                assert_int_equal(seen.type, wanted[count].type);
            }
            assert_int_equal(bytes.len, 0);
        }
        assert_int_equal(count, COUNT_OF(wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_is_found_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
