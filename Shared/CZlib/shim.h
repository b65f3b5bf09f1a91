#include <zlib.h>
#include "crc32_fold.h"
