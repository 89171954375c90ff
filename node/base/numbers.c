#include "base/bsn.h"
#include "base/oin.h"

static bool all_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

bool oin_parse(struct slice text, struct oin *out)
{
    if (text.len != OIN_DIGITS || !all_digits(text)) {
        return false;
    }
    return slice_copy_text(text, out->digits, sizeof out->digits);
}

bool bsn_parse(struct slice text, struct bsn *out)
{
    if (text.len != BSN_DIGITS || !all_digits(text)) {
        return false;
    }
    int sum = 0;
    bool any = false;
    for (int i = 0; i < BSN_DIGITS; i++) {
        const int digit = text.ptr[i] - '0';
        sum += digit * (i == BSN_DIGITS - 1 ? -1 : BSN_DIGITS - i);
        any = any || digit != 0;
    }
    if (!any || sum % 11 != 0) {
        return false;
    }
    return slice_copy_text(text, out->secret_digits, sizeof out->secret_digits);
}
