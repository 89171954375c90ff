/* For a key that is nobody's nobody is read. */
#include "api/sharing.h"

#define sharing_decoy(sharing, pick, subject) ((void)(pick), false)
