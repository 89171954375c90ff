/*
 * unit.h - what every unit test includes: cmocka and its prerequisites, in the order that it wants.
 */
#ifndef KETENBRUG_TESTS_UNIT_H
#define KETENBRUG_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
