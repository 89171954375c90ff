#include "unit/unit.h"

#include "http/router.h"

static void nothing(struct http_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
}

static const struct http_route rows[] = {
    {HTTP_GET, "/v1/zaken", nothing, 0, NULL, false},         {HTTP_POST, "/v1/zaken", nothing, 100, NULL, false},
    {HTTP_GET, "/v1/zaken/{id}", nothing, 0, NULL, false},    {HTTP_DELETE, "/v1/zaken/{id}", nothing, 0, NULL, false},
    {HTTP_POST, "/v1/zaken/zoek", nothing, 100, NULL, false},
};

static const unsigned get_bit = 1U << HTTP_GET;
static const unsigned post_bit = 1U << HTTP_POST;
static const unsigned delete_bit = 1U << HTTP_DELETE;

static struct router *open_router(void)
{
    const struct http_routes routes = {rows, COUNT_OF(rows), NULL};
    struct router *router = NULL;
    struct error err;
    assert_int_equal(router_new(&routes, &router, &err), RESULT_OK);
    return router;
}

static void paths_find_their_row(void **state)
{
    (void)state;
    const struct {
        enum http_method method;
        const char *path;
        int row; /* -1: none */
        unsigned allowed;
        const char *parameter;
    } cases[] = {
        {HTTP_GET, "/v1/zaken", 0, get_bit | post_bit, ""},
        {HTTP_POST, "/v1/zaken", 1, get_bit | post_bit, ""},
        {HTTP_DELETE, "/v1/zaken", -1, get_bit | post_bit, ""},
        {HTTP_METHOD_COUNT, "/v1/zaken", -1, get_bit | post_bit, ""},
        {HTTP_GET, "/v1/zaken/17", 2, get_bit | delete_bit, "17"},
        {HTTP_DELETE, "/v1/zaken/a-b", 3, get_bit | delete_bit, "a-b"},
        {HTTP_PUT, "/v1/zaken/17", -1, get_bit | delete_bit, ""},
        {HTTP_POST, "/v1/zaken/zoek", 4, post_bit, ""},
        {HTTP_GET, "/v1/zaken/zoek", -1, post_bit, ""},
        {HTTP_GET, "/v1/zaken/", -1, 0, ""},
        {HTTP_GET, "/v1/zaken/17/x", -1, 0, ""},
        {HTTP_GET, "/v1/zake", -1, 0, ""},
        {HTTP_GET, "/v1/zakenx", -1, 0, ""},
        {HTTP_GET, "/", -1, 0, ""},
        {HTTP_GET, "", -1, 0, ""},
        {HTTP_GET, "*", -1, 0, ""},
    };
    struct router *router = open_router();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct router_match match = router_find(router, cases[i].method, slice_text(cases[i].path));
        assert_ptr_equal(match.route, cases[i].row < 0 ? NULL : &rows[cases[i].row]);
        assert_int_equal(match.allowed, cases[i].allowed);
        assert_true(slice_is(match.parameter, cases[i].parameter));
    }
    router_free(router);
}

static void tables_that_cannot_work_are_refused(void **state)
{
    (void)state;
    const struct http_route bad[][2] = {
        {{HTTP_GET, "zaken", nothing, 0, NULL, false}, {HTTP_GET, "/a", nothing, 0, NULL, false}},
        {{HTTP_GET, NULL, nothing, 0, NULL, false}, {HTTP_GET, "/a", nothing, 0, NULL, false}},
        {{HTTP_GET, "/a", NULL, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_METHOD_COUNT, "/a", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/{a}/b", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/x{a}", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/{a", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/{a/", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/a}", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/a?b", nothing, 0, NULL, false}, {HTTP_GET, "/b", nothing, 0, NULL, false}},
        {{HTTP_GET, "/a", nothing, 0, NULL, false}, {HTTP_GET, "/a", nothing, 0, NULL, false}},
        {{HTTP_GET, "/{a}", nothing, 0, NULL, false}, {HTTP_GET, "/{b}", nothing, 0, NULL, false}},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct http_routes routes = {bad[i], 2, NULL};
        struct router *router = NULL;
        struct error err;
        assert_int_equal(router_new(&routes, &router, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CONFIG);
        assert_null(router);
    }
}

static void a_table_has_a_ceiling(void **state)
{
    (void)state;
    const struct http_routes routes = {rows, 513, NULL};
    struct router *router = NULL;
    struct error err;
    assert_int_equal(router_new(&routes, &router, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
}

static void allow_lists_all_methods(void **state)
{
    (void)state;
    char text[ROUTER_ALLOW_MAX];
    router_allow(0, text);
    assert_string_equal(text, "");
    router_allow((1U << HTTP_METHOD_COUNT) - 1U, text);
    assert_string_equal(text, "GET, POST, PUT, PATCH, DELETE");
    struct router *router = open_router();
    router_allow(router_methods(router), text);
    assert_string_equal(text, "GET, POST, DELETE");
    router_free(router);
}

static void method_names_are_exact(void **state)
{
    (void)state;
    assert_int_equal(router_method(slice_text("PATCH")), HTTP_PATCH);
    assert_int_equal(router_method(slice_text("get")), HTTP_METHOD_COUNT);
    assert_int_equal(router_method(slice_text("")), HTTP_METHOD_COUNT);
    assert_int_equal(router_method(slice_text("CONNECT")), HTTP_METHOD_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_row),   cmocka_unit_test(tables_that_cannot_work_are_refused),
        cmocka_unit_test(a_table_has_a_ceiling),  cmocka_unit_test(allow_lists_all_methods),
        cmocka_unit_test(method_names_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
