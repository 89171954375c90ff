/* Until when what a node trusts is good: for whoever must renew it in time. */
#include <time.h>

#include "certs/ossl.h"
#include "certs/trust.h"
#include "certs/trust_parts.h"

static int64_t seconds_of(const ASN1_TIME *at)
{
    struct tm parts;
    return at != NULL && ASN1_TIME_to_tm(at, &parts) == 1 ? (int64_t)timegm(&parts) : INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

struct trust_dates trust_dates(const struct trust *trust)
{
    struct trust_dates dates = {INT64_MAX, INT64_MAX, INT64_MAX};
    for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
        dates.anchors_until =
            earlier(dates.anchors_until, seconds_of(X509_get0_notAfter(sk_X509_value(trust->anchors, i))));
    }
    if (sk_X509_num(trust->chain) > 0) {
        dates.own_until = seconds_of(X509_get0_notAfter(sk_X509_value(trust->chain, 0)));
    }
    STACK_OF(X509_OBJECT) *held = X509_STORE_get0_objects(trust->store);
    for (int i = 0; i < sk_X509_OBJECT_num(held); i++) {
        const X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(held, i));
        if (crl != NULL) {
            dates.crls_until = earlier(dates.crls_until, seconds_of(X509_CRL_get0_nextUpdate(crl)));
        }
    }
    return dates;
}
