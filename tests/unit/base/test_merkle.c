/* RFC 6962 section 2.1: the tree heads of the certificate-transparency reference test data (sizes 0 to 8). */
#include "unit/unit.h"

#include "base/encode.h"
#include "base/merkle.h"

/* Leaves and roots of the reference tree as published with RFC 6962 implementations (google/certificate-transparency,
 * merkle_tree_test). */
static const char *const leaves[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void reference_roots(void **state)
{
    (void)state;
    struct merkle_frontier tree;
    merkle_init(&tree);
    for (size_t n = 0; n < sizeof roots / sizeof roots[0]; n++) {
        struct sha256 root;
        char hex[65];
        merkle_root(&tree, &root);
        hex_encode(slice_of(root.bytes, SHA256_SIZE), hex);
        assert_string_equal(hex, roots[n]);
        if (n < sizeof leaves / sizeof leaves[0]) {
            uint8_t leaf[16];
            const size_t len = strlen(leaves[n]) / 2;
            assert_true(hex_decode(slice_text(leaves[n]), leaf, len));
            struct sha256 hash;
            merkle_leaf_hash(slice_of(leaf, len), &hash);
            merkle_append(&tree, &hash);
        }
    }
}

static void stored_form_survives(void **state)
{
    (void)state;
    struct merkle_frontier tree;
    merkle_init(&tree);
    for (unsigned i = 0; i < 1000; i++) {
        struct sha256 hash;
        merkle_leaf_hash(slice_of(&i, sizeof i), &hash);
        merkle_append(&tree, &hash);
        uint8_t stored[MERKLE_ENCODED_MAX];
        const size_t len = merkle_encode(&tree, stored);
        struct merkle_frontier back;
        assert_true(merkle_decode(slice_of(stored, len), &back));
        struct sha256 a;
        struct sha256 b;
        merkle_root(&tree, &a);
        merkle_root(&back, &b);
        assert_memory_equal(a.bytes, b.bytes, SHA256_SIZE);
        assert_false(merkle_decode(slice_of(stored, len - 1), &back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_roots),
        cmocka_unit_test(stored_form_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
