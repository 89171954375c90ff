/*
 * chance.h - numbers that look random and depend on nothing but the seed and what they are for.
 *
 * Each fact has a number of its own (no running stream), so that every organisation's file, and every count of people,
 * agrees about the same person. Not for secrets. Thread: any; pure.
 */
#ifndef KETENBRUG_REGION_CHANCE_H
#define KETENBRUG_REGION_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static inline uint64_t chance_mix(uint64_t z)
{
    z += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

/* 0 .. below - 1; `what` names the fact, `who` whom it is about. */
static inline uint32_t chance_pick(uint64_t seed, uint64_t who, uint32_t what, uint32_t below)
{
    return (uint32_t)(chance_mix(chance_mix(chance_mix(seed) ^ who) ^ what) % below);
}

static inline bool chance_hits(uint64_t seed, uint64_t who, uint32_t what, uint32_t per_mille)
{
    return chance_pick(seed, who, what, 1000) < per_mille;
}

/* `who` for a fact about a household: people and households must not share their luck. */
static inline uint64_t chance_household(uint64_t household)
{
    return household | (uint64_t)1 << 63;
}

#endif
