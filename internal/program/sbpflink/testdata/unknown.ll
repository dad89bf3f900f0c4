; Calls what is neither defined nor a syscall.
declare void @printf(ptr)

define i64 @entrypoint(ptr %input) {
  call void @printf(ptr %input)
  ret i64 0
}
