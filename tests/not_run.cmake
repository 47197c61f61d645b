message("not run: TENON_SUITES names no folder of suites")
