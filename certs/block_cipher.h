/*
 * block_cipher.h - AES-128 on single blocks (FIPS 197): a keyed permutation of 16-byte numbers, no encryption of texts.
 *
 * Used to turn a sequence number into an identifier that is random to whoever lacks the key, and back.
 * Ownership: block_cipher_new gives, block_cipher_free takes. Thread: one at a time. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_CERTS_BLOCK_CIPHER_H
#define KETENBRUG_CERTS_BLOCK_CIPHER_H

#include <stdint.h>

#include "base/fault.h"

enum { BLOCK_SIZE = 16 };

struct block_cipher;

MUST_USE enum result block_cipher_new(const uint8_t key[BLOCK_SIZE], struct block_cipher **out, struct error *err);
void block_cipher_free(struct block_cipher *cipher);
void block_encrypt(struct block_cipher *cipher, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE]);
void block_decrypt(struct block_cipher *cipher, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE]);

#endif
