/*
 * attr.h - the compiler attributes that this code relies on, under short names.
 */
#ifndef KETENBRUG_BASE_ATTR_H
#define KETENBRUG_BASE_ATTR_H

#define MUST_USE                 __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define CLEANUP(function)        __attribute__((cleanup(function)))
#define UNUSED                   __attribute__((unused))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
