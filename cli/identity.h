/* identity.h: which binary this is, for the run record. */
#ifndef HEADROOM_CLI_IDENTITY_H
#define HEADROOM_CLI_IDENTITY_H

struct arena;

/* The SHA-256 of the running binary's file, in the arena; "unknown" if the system does not show it. Some 10
 * ms. */
const char *identity_build_sha256(struct arena *arena);

#endif
