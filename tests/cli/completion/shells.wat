;; RUN[bash]: completion bash
;; RUN[zsh]: completion zsh
;; RUN[fish]: completion fish
;; RUN[elvish]: completion elvish
;; RUN[powershell]: completion powershell
;; FAIL[unknown]: completion tcsh
;; FAIL[missing]: completion
