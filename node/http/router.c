#include "http/router.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { ROUTES_MAX = 512 };

static const char *const method_names[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

struct router_row {
    struct slice path; /* for a parameter row up to and with the slash before "{" */
    const struct http_route *route;
    bool parameter;
};

struct router {
    size_t count;
    unsigned methods;
    struct router_row rows[];
};

enum http_method router_method(struct slice name)
{
    unsigned i = 0;
    while (i < HTTP_METHOD_COUNT && !slice_is(name, method_names[i])) {
        i++;
    }
    return (enum http_method)i;
}

void router_allow(unsigned allowed, char out[ROUTER_ALLOW_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < HTTP_METHOD_COUNT; i++) {
        if ((allowed & 1U << i) != 0) {
            len += (size_t)snprintf(out + len, ROUTER_ALLOW_MAX - len, "%s%s", len != 0 ? ", " : "", method_names[i]);
        }
    }
}

static enum result compile_row(const struct http_route *route, struct router_row *row, struct error *err)
{
    const char *path = route->path;
    ENSURE(path != NULL && path[0] == '/', err, FAULT_CONFIG, "routes", "een pad begint met een schuine streep");
    ENSURE((unsigned)route->method < HTTP_METHOD_COUNT && route->handle != NULL, err, FAULT_CONFIG, path,
           "een route heeft een methode en een behandelaar");
    const char *brace = strpbrk(path, "{}?");
    *row = (struct router_row){.path = slice_text(path), .route = route, .parameter = brace != NULL};
    if (brace != NULL) {
        row->path.len = (size_t)(brace - path);
        const size_t name = strcspn(brace, "}/");
        ENSURE(brace[0] == '{' && brace != path && brace[-1] == '/' && strcmp(brace + name, "}") == 0, err,
               FAULT_CONFIG, path, "alleen het laatste deel van een pad mag tussen accolades staan");
    }
    return RESULT_OK;
}

static bool same_row(const struct router_row *a, const struct router_row *b)
{
    return a->route->method == b->route->method && a->parameter == b->parameter && slice_equal(a->path, b->path);
}

static enum result compile(const struct http_routes *routes, struct router *router, struct error *err)
{
    for (size_t i = 0; i < routes->count; i++) {
        TRY(compile_row(&routes->rows[i], &router->rows[i], err));
        for (size_t j = 0; j < i; j++) {
            ENSURE(!same_row(&router->rows[i], &router->rows[j]), err, FAULT_CONFIG, routes->rows[i].path,
                   "deze route staat er tweemaal");
        }
        router->methods |= 1U << routes->rows[i].method;
        router->count++;
    }
    return RESULT_OK;
}

enum result router_new(const struct http_routes *routes, struct router **out, struct error *err)
{
    ENSURE(routes->count <= ROUTES_MAX, err, FAULT_CONFIG, "routes", "meer dan %d routes", ROUTES_MAX);
    struct router *router = mem_zalloc(sizeof *router + routes->count * sizeof router->rows[0]);
    ENSURE(router != NULL, err, FAULT_NO_MEMORY, "routes", "geen geheugen voor de routes");
    if (compile(routes, router, err) != RESULT_OK) {
        router_free(router);
        return RESULT_FAILED;
    }
    *out = router;
    return RESULT_OK;
}

void router_free(struct router *router)
{
    mem_free(router);
}

static bool row_matches(const struct router_row *row, struct slice path, struct slice *parameter)
{
    if (!row->parameter) {
        *parameter = slice_of(NULL, 0);
        return slice_equal(row->path, path);
    }
    if (path.len <= row->path.len || memcmp(path.ptr, row->path.ptr, row->path.len) != 0) {
        return false;
    }
    *parameter = slice_of(path.ptr + row->path.len, path.len - row->path.len);
    return memchr(parameter->ptr, '/', parameter->len) == NULL;
}

static struct router_match find_kind(const struct router *router, enum http_method method, struct slice path,
                                     bool with_parameter)
{
    struct router_match match = {0};
    for (size_t i = 0; i < router->count; i++) {
        const struct router_row *row = &router->rows[i];
        struct slice parameter;
        if (row->parameter != with_parameter || !row_matches(row, path, &parameter)) {
            continue;
        }
        match.allowed |= 1U << row->route->method;
        if (row->route->method == method) {
            match.route = row->route;
            match.parameter = parameter;
        }
    }
    return match;
}

struct router_match router_find(const struct router *router, enum http_method method, struct slice path)
{
    const struct router_match exact = find_kind(router, method, path, false);
    return exact.allowed != 0 ? exact : find_kind(router, method, path, true);
}

unsigned router_methods(const struct router *router)
{
    return router->methods;
}
