/* Rings at every partner at once: TCP, TLS both ways, and the first byte behind it, which comes only when our
 * certificate was taken. Nothing is asked, so that no partner records anything. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cmd/check_parts.h"

enum { RINGERS = 32 };

struct ring {
    const struct party *party;
    CURLcode code;
    long verified;
    bool silent; /* the handshake was done and nothing came */
};

struct ringing {
    const struct trust *trust;
    long limit_ms;
    struct ring *rings;
    size_t count;
    atomic_size_t next;
};

struct dialling {
    const struct trust *trust;
    struct trust_expected expected;
};

static CURLcode configure(CURL *curl, void *context, void *ctx)
{
    (void)curl;
    struct dialling *d = ctx;
    if (trust_configure(d->trust, TRUST_CLIENT, context, NULL) != RESULT_OK) {
        return CURLE_SSL_CERTPROBLEM;
    }
    trust_expect(context, &d->expected);
    return CURLE_OK;
}

/* The server's SETTINGS, or its alert. */
static CURLcode first_byte(CURL *curl, long limit_ms)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    char byte;
    size_t got = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd);
    for (int turn = 0; turn < 8; turn++) { /* a record may hold no data yet */
        const CURLcode code = curl_easy_recv(curl, &byte, 1, &got);
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (code != CURLE_AGAIN) {
            return code == CURLE_OK && got == 0 ? CURLE_RECV_ERROR : code;
        }
        if (poll(&ready, 1, (int)limit_ms) <= 0) {
            break;
        }
    }
    return CURLE_OPERATION_TIMEDOUT;
}

static void ring_at(const struct ringing *all, struct ring *ring)
{
    struct dialling dialling = {.trust = all->trust, .expected = {.oin = ring->party->oin}};
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        ring->code = CURLE_OUT_OF_MEMORY;
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, ring->party->url);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, all->limit_ms);
    /* trust_configure offers h2; libcurl must not know, else it would read frames where we want bytes. */
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, configure);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &dialling);
    ring->code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &ring->verified);
    if (ring->code == CURLE_OK) {
        ring->code = first_byte(curl, all->limit_ms);
        ring->silent = ring->code == CURLE_OPERATION_TIMEDOUT;
    }
    curl_easy_cleanup(curl);
}

static void *ringer(void *ctx)
{
    struct ringing *all = ctx;
    for (size_t i = atomic_fetch_add(&all->next, 1); i < all->count; i = atomic_fetch_add(&all->next, 1)) {
        ring_at(all, &all->rings[i]);
    }
    return NULL;
}

static void say_ring(struct check *check, const struct ring *ring)
{
    static const char what[] = "ketenpartner";
    static const char theirs[] = "bel de beheerder van deze partner; tot dan ziet men \"geen antwoord\"";
    const char *name = ring->party->name;
    switch (ring->code) {
    case CURLE_OK:
        check_say(check, CHECK_FINE, what, NULL, "%s: bereikbaar", name);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        check_say(check, CHECK_WRONG, what, "controleer DNS op deze machine en het adres in het convenant",
                  "%s: %s is geen bekende hostnaam", name, ring->party->url);
        break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
        check_say(check, CHECK_MIND, what,
                  "controleer de firewall naar buiten; staat die open, bel dan de beheerder van deze partner",
                  ring->silent ? "%s: zwijgt na de TLS-handdruk" : "%s: geen verbinding", name);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        check_say(check, CHECK_WRONG, what, theirs, "%s: certificaat geweigerd: %s", name,
                  ring->verified != 0 ? trust_refusal(ring->verified) : "het is van een andere host");
        break;
    default:
        check_say(check, CHECK_WRONG, what,
                  "vraag deze partner of uw autoriteit, intrekkingslijst en OIN daar bekend en geldig zijn",
                  "%s: breekt de TLS-handdruk af, of weigert ons certificaat", name);
    }
}

static void ring_all(struct ringing *all)
{
    pthread_t threads[RINGERS];
    size_t started = 0;
    while (started < RINGERS && started < all->count && pthread_create(&threads[started], NULL, ringer, all) == 0) {
        started++;
    }
    (void)ringer(all); /* also when no thread could be made */
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

void check_partners(struct check *check)
{
    if (!args_flag(check->args, "partners")) {
        return;
    }
    struct ringing all = {.trust = check->trust, .limit_ms = (long)check->config.peer_connect_ms};
    if (check->self == NULL) {
        check_say(check, CHECK_MIND, "ketenpartners", "herstel eerst certificaat en convenant", "niet gebeld");
        return;
    }
    const size_t parties = covenant_party_count(check->covenant);
    all.rings = mem_zalloc(parties * sizeof *all.rings);
    if (all.rings == NULL) {
        check_say(check, CHECK_WRONG, "ketenpartners", "probeer het opnieuw", "geen geheugen");
        return;
    }
    for (size_t i = 0; i < parties; i++) {
        const struct party *party = covenant_party_at(check->covenant, i);
        if (party != check->self) {
            all.rings[all.count++].party = party;
        }
    }
    ring_all(&all);
    for (size_t i = 0; i < all.count; i++) {
        say_ring(check, &all.rings[i]);
    }
    mem_free(all.rings);
}
