#include "error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_say(char *error, size_t error_n, const char *format, ...)
{
    if (error && error_n) {
        va_list args;
        va_start(args, format);
        vsnprintf(error, error_n, format, args);
        va_end(args);
    }
    return false;
}
