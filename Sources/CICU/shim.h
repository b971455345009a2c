// SPDX-License-Identifier: Apache-2.0
// ICU renames its functions by version with macros, which Swift cannot see: wrap each one used.
#pragma once
#include <unicode/ubrk.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utrans.h>
