// The whole C++ embedding API in one include.
#pragma once

#include "tenon/host/engine.h"
#include "tenon/host/extern.h"
#include "tenon/host/func.h"
#include "tenon/host/gc.h"
#include "tenon/host/instance.h"
#include "tenon/host/linker.h"
#include "tenon/host/module.h"
#include "tenon/host/store.h"
#include "tenon/host/trap.h"
#include "tenon/host/val.h"
