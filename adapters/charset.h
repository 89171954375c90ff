/*
 * charset.h - windows-1252 as UTF-8 (WHATWG Encoding Standard, index windows-1252; the five bytes that Windows leaves
 * undefined become 0xFF, which is valid nowhere in UTF-8: the row that holds one is refused). Pure.
 */
#ifndef KETENBRUG_ADAPTERS_CHARSET_H
#define KETENBRUG_ADAPTERS_CHARSET_H

#include <stddef.h>
#include <stdint.h>

enum { CHARSET_MOST = 3 }; /* UTF-8 bytes of one windows-1252 byte */

size_t charset_windows_1252(uint8_t byte, uint8_t out[CHARSET_MOST]);

#endif
