;; Sections of core dumps: whole ones, and such as end too early or too late.
;; RUN: dump %
(module
 (@custom "core" "\00\04proc")
 (@custom "coremodules" "\02\00\05m one\00\01b")
 (@custom "coreinstances" "\02\00\00\02\00\01\01\02\00\01\00\00")
 (@custom "corestack" "\00\04main\02\00\00\01\2a\03\7f\05\01\7e\06\02\7d\00\00\80\3f\7c\00\00\00\00\00\00\f0\3f\00\01\02\03\00\00")
 (@custom "corestack" "\00\04main\02\00\00\01\2a\03\7f\05\01\7e\06")
 (@custom "corestack" "\00\04main\01\00\00\01\2a\01\7f\05\00xx")
 (@custom "coremodules" "\01\00\01bxx")
 (@custom "core" "\00\01bxx")
 (@custom "coreinstances" "\01\00\00\02\00\01\01\02xx")
 (func)
)
